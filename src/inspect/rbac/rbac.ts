import { permissionsOfTarget } from '../../build/permissions.js';
import type { LoadedConfig } from '../../config/load.js';
import { makeRules, type NamespaceRules } from './rules.js';

/**
 * The rules that a config needs.
 *
 * @param namespace of targets and workloads that name none, if the `kubernetes` block has none either: that of the pod
 */
export function rulesOfConfig({ config, kinds }: LoadedConfig, namespace: string): readonly NamespaceRules[] {
  const permissions = config.targets.flatMap((target) => permissionsOfTarget(kinds, target));
  return makeRules(permissions, config.kubernetes.namespace ?? namespace);
}

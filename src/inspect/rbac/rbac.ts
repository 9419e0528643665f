import { permissionsOfConfig } from '../../build/permissions.js';
import type { LoadedConfig } from '../../config/load.js';
import { makeRules, type NamespaceRules } from './rules.js';

/**
 * The rules that a config needs.
 *
 * @param namespace of targets and workloads that name none, if the `kubernetes` block has none either: that of the pod
 */
export function rulesOfConfig({ config, kinds }: LoadedConfig, namespace: string): readonly NamespaceRules[] {
  return makeRules(permissionsOfConfig(kinds, config), config.kubernetes.namespace ?? namespace);
}

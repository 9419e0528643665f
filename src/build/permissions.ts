import type { TargetConfig } from '../config/schema.js';
import type { Permission } from '../kubernetes/permission.js';
import { resources } from '../kubernetes/resources.js';
import { permissionsOfReload } from '../reload/permissions.js';
import type { TargetKinds } from '../targets/kinds.js';

/**
 * What a target, its reload and its confirm do in the cluster. Empty: the target needs no cluster.
 *
 * @param events `kubernetes.events`
 */
export function permissionsOfTarget(kinds: TargetKinds, target: TargetConfig, events: boolean): readonly Permission[] {
  const own = kinds.blocksOf(target).flatMap(({ kind, options }) => kind.permissions?.(options) ?? []);
  // Their names are not known before: each event is an object of its own.
  const told = [...new Set(own.map(({ namespace }) => namespace))].map((namespace) => ({
    ...{ resource: resources.event, namespace, verbs: ['create', 'patch'] },
  }));
  return [...own, ...(events ? told : []), ...permissionsOfReload(target)];
}

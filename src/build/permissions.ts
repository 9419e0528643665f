import type { TargetConfig } from '../config/schema.js';
import type { Permission } from '../kubernetes/permission.js';
import { permissionsOfReload } from '../reload/permissions.js';
import type { TargetKinds } from '../targets/kinds.js';

/** What a target, its reload and its confirm do in the cluster. Empty: the target needs no cluster. */
export function permissionsOfTarget(kinds: TargetKinds, target: TargetConfig): readonly Permission[] {
  return [
    ...kinds.blocksOf(target).flatMap(({ kind, options }) => kind.permissions?.(options) ?? []),
    ...permissionsOfReload(target),
  ];
}

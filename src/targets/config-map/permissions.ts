import type { Permission } from '../../kubernetes/permission.js';
import type { ObjectKind } from './object-kind.js';
import type { ObjectOptions } from './schema.js';

/**
 * What a target does with objects. Server-side apply needs `patch`, and `create` for an object that does not exist, which RBAC cannot
 * limit by name. The names of a fan-out's objects are not known before.
 */
export function permissionsOf(
  { resource }: ObjectKind,
  { namespace, name, forEach }: ObjectOptions,
): readonly Permission[] {
  const what = { resource, namespace };
  if (forEach !== undefined) return [{ ...what, verbs: ['create', 'delete', 'get', 'list', 'patch'] }];
  return [
    { ...what, verbs: ['create'] },
    { ...what, verbs: ['delete', 'get', 'patch'], names: [name] },
  ];
}

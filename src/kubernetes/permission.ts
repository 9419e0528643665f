import type { Resource } from './resource.js';

/** The right to use some verbs on objects of one resource. */
export interface Permission {
  readonly resource: Pick<Resource, 'group' | 'plural'>;
  /** Undefined: the namespace of the `kubernetes` block, of the pod or of the context. */
  readonly namespace: string | undefined;
  /** Of RBAC: `get`, `list`, `patch`. */
  readonly verbs: readonly string[];
  /** The objects. Undefined: all of the namespace, because their names are not known, or because RBAC cannot limit the verb. */
  readonly names?: readonly string[];
}

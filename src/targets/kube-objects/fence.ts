import type { Kubernetes } from '../../kubernetes/client.js';
import { RollcallError } from '../../model/errors.js';
import type { Leader } from '../../ports/leader.js';

/** The calls that this kind needs. */
export type ObjectStore = Pick<Kubernetes, 'get' | 'list' | 'apply' | 'patch' | 'delete'>;

/**
 * A client whose writes are refused here as soon as this process is not the leader, and aborted when it ceases to be it. Without a leader to ask, the
 * client itself.
 */
export function fence(kube: ObjectStore, leader: Leader | undefined): ObjectStore {
  if (!leader) return kube;
  const whileLeading = (signal: AbortSignal | undefined): { readonly signal: AbortSignal } => {
    const leadership = leader.current();
    if (!leadership)
      throw new RollcallError('NOT_LEADER', 'this process is no longer the leader, so it writes nothing more');
    return { signal: signal ? AbortSignal.any([signal, leadership.signal]) : leadership.signal };
  };
  return {
    get: kube.get,
    list: kube.list,
    apply: async (resource, object, options = {}) =>
      kube.apply(resource, object, { ...options, ...whileLeading(options.signal) }),
    patch: async (resource, name, patch, options = {}) =>
      kube.patch(resource, name, patch, { ...options, ...whileLeading(options.signal) }),
    delete: async (resource, name, options = {}) =>
      kube.delete(resource, name, { ...options, ...whileLeading(options.signal) }),
  };
}

/**
 * The resource version that an apply names when the object is not there. The API server creates an object then, and answers with a conflict when
 * there is one by now, because no object has this version any more.
 */
export const noVersion = '1';

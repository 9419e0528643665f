import type { ClusterAccess } from '../../src/kubernetes/access.js';

/** The cluster of tests that have none. */
export const noCluster: ClusterAccess = {
  owner: 'rollcall',
  namespace: undefined,
  connect: () => Promise.reject(new TypeError('this test has no cluster')),
};

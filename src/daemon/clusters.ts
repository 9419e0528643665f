import { openCluster, type ClusterAccess, type OwnedClusterAccess } from '../kubernetes/access.js';
import type { KubernetesBlock } from '../kubernetes/schema.js';
import type { Runtime } from '../ports/runtime.js';

/** The clusters of one process. Equal blocks share one access, over all configs. */
export interface ClusterPool {
  /** Connects, and loads the client, at its first use. */
  open(block: KubernetesBlock): ClusterAccess;
  /** Closes all but this one. Default: all. */
  keep(used?: ClusterAccess): void;
}

export function createClusterPool({ env, clock, random }: Runtime): ClusterPool {
  const pool = new Map<string, OwnedClusterAccess>();
  return {
    open(block) {
      const key = JSON.stringify(block);
      const access = pool.get(key) ?? openCluster(block, { env, clock, random });
      pool.set(key, access);
      return access;
    },
    keep(used) {
      for (const [key, access] of pool) {
        if (access === used) continue;
        access.close();
        pool.delete(key);
      }
    },
  };
}

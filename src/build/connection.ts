import { createEtcd, type Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import type { EtcdOptions } from '../etcd/options.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { Runtime } from '../ports.js';

/**
 * How an etcd beside the main one is reached. ETCDCTL_* speak of the main one: a block that names endpoints of its own is
 * not filled from them, so that no password goes to a server that it is not for.
 *
 * @throws RollcallError CONFIG_INVALID when a variable makes no sense
 */
export function otherConnection(block: EtcdBlock, env: Runtime['env']): EtcdOptions {
  return connectionFrom(block, block.endpoints === undefined ? env : {});
}

/**
 * Opens a connection for each block that it is given; without one it gives the main connection.
 *
 * @param connections takes those that it opens; the caller closes them
 */
export function createConnect(
  main: Etcd,
  connections: Etcd[],
  runtime: Runtime,
): (block: EtcdBlock | undefined) => Etcd {
  return (block) => {
    if (!block) return main;
    const other = createEtcd(otherConnection(block, runtime.env), runtime);
    connections.push(other);
    return other;
  };
}

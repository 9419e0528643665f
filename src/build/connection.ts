import { createEtcd, type Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import type { EtcdOptions } from '../etcd/options.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { Runtime } from '../ports/runtime.js';

/**
 * The connection settings of another etcd than the main one. The ETCDCTL_* variables belong to the main one: a block with its
 * own endpoints does not use them, so that no password goes to the wrong server.
 *
 * @throws RollcallError CONFIG_INVALID when a variable is wrong
 */
export function otherConnection(block: EtcdBlock, env: Runtime['env']): EtcdOptions {
  return connectionFrom(block, block.endpoints === undefined ? env : {});
}

/**
 * Makes a function that opens a connection for an `etcd` block. Without a block, it returns the main connection.
 *
 * @param connections receives the connections that the function opens; the caller closes them
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

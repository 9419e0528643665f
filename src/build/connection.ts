import type { Config } from '../config/schema.js';
import { connectionFrom } from '../etcd/environment.js';
import type { EtcdOptions } from '../etcd/options.js';
import type { Runtime } from '../ports.js';

/**
 * How an etcd beside the main one is reached. ETCDCTL_* speak of the main one: a block that names endpoints of its own is
 * not filled from them, so that no password goes to a server that it is not for.
 *
 * @throws RollcallError CONFIG_INVALID when a variable makes no sense
 */
export function otherConnection(block: Config['etcd'], env: Runtime['env']): EtcdOptions {
  return connectionFrom(block, block.endpoints === undefined ? env : {});
}

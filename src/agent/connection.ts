import { findConfig } from '../config/find.js';
import { parseEndpoint } from '../etcd/endpoint.js';
import { connectionFrom } from '../etcd/environment.js';
import type { EtcdOptions } from '../etcd/options.js';
import type { EtcdBlock } from '../etcd/schema.js';
import { RollcallError } from '../model/errors.js';
import { hideCredentials } from '../model/redact.js';
import type { Runtime } from '../ports/runtime.js';

/** The options of the command line that concern etcd. */
export interface ConnectionFlags {
  readonly endpoints?: readonly string[];
  /** The config file of `-c`. */
  readonly config?: string;
}

/**
 * Finds the connection settings of a command that needs no config: the flags, then the `etcd` block of a config if there is one, then the
 * ETCDCTL_* variables. With `endpoints`, a config counts only if it is named: the password of a config that happens to be in the
 * directory must not go to another server.
 *
 * @param cwd the directory in which rollcall was started
 * @throws RollcallError CONFIG_INVALID; CONFIG_NOT_FOUND when a named file cannot be read
 */
export async function findConnection(flags: ConnectionFlags, env: Runtime['env'], cwd: string): Promise<EtcdOptions> {
  const { endpoints } = flags;
  const block = await findBlock(flags, env, cwd);
  if (endpoints === undefined) return connectionFrom(block, env);
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text, block?.tls !== undefined);
    if ('problem' in endpoint) throw invalid(text, endpoint.problem);
    if (!endpoint.secure && block?.tls !== undefined)
      throw invalid(text, 'it is not encrypted, but the config has `etcd.tls`: write https://');
  }
  return connectionFrom({ ...block, endpoints: [...endpoints] }, env);
}

async function findBlock(
  { endpoints, config }: ConnectionFlags,
  env: Runtime['env'],
  cwd: string,
): Promise<EtcdBlock | undefined> {
  const named = config !== undefined || Boolean(env.ROLLCALL_CONFIG);
  if (!named && endpoints !== undefined) return undefined;
  const file = await findConfig(config, env, cwd).catch((error: unknown) => {
    if (error instanceof RollcallError && error.code === 'CONFIG_NOT_FOUND') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const { loadEtcdBlock } = await import('../config/etcd-block.js');
  return loadEtcdBlock(file);
}

function invalid(text: string, problem: string): RollcallError {
  return new RollcallError('CONFIG_INVALID', `--endpoints: ${JSON.stringify(hideCredentials(text))}: ${problem}`, {
    hint: 'Write --endpoints https://etcd-0.example.com:2379,https://etcd-1.example.com:2379.',
  });
}

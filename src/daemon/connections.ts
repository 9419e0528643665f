import { readContents } from '../config/contents.js';
import { followFiles } from '../config/follow.js';
import { createEtcd, type Etcd } from '../etcd/client.js';
import type { EtcdOptions } from '../etcd/options.js';
import { fieldsOf } from '../model/errors.js';
import type { Runtime } from '../ports/runtime.js';

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const closed = new Error('the connection was closed');

/** The connections of one process. Equal options share one connection, over all configs. */
export interface ConnectionPool {
  /** The client connects at its first call. @throws RollcallError `CONFIG_INVALID` when the options are invalid */
  open(options: EtcdOptions): Etcd;
  /** Closes all connections except these. */
  keep(used: ReadonlySet<Etcd>): Promise<void>;
}

interface Opened {
  readonly etcd: Etcd;
  close(): Promise<void>;
}

/**
 * Opens connections and follows their password and TLS files. When the contents of such a file change, the connection is replaced and
 * its watches continue after their last event, without a list. If etcd does not accept the new contents, the error is logged and the
 * old connection stays in use.
 */
export function createConnectionPool(runtime: Runtime): ConnectionPool {
  const pool = new Map<string, Opened>();
  return {
    open(options) {
      const key = JSON.stringify(options);
      const known = pool.get(key);
      if (known) return known.etcd;
      const opened = openConnection(options, runtime);
      pool.set(key, opened);
      return opened.etcd;
    },
    async keep(used) {
      const unused = [...pool].filter(([, { etcd }]) => !used.has(etcd));
      for (const [key] of unused) pool.delete(key);
      await Promise.all(unused.map(([, connection]) => connection.close()));
    },
  };
}

function openConnection(options: EtcdOptions, runtime: Runtime): Opened {
  const etcd = createEtcd(options, runtime);
  const stop = new AbortController();
  const following = followSecrets(etcd, options, runtime, stop.signal);
  return {
    etcd,
    async close() {
      stop.abort(closed);
      etcd.close();
      await following;
    },
  };
}

/** Never rejects. Resolves after `signal` has aborted. */
async function followSecrets(
  etcd: Etcd,
  { tls, auth }: EtcdOptions,
  { clock, log }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const paths = [tls?.ca, tls?.cert, tls?.key, auth?.passwordFile].filter((path) => typeof path === 'string');
  if (paths.length === 0) return;
  const read = await Promise.all(paths.map(async (path) => [path, (await readContents(path)).digest] as const));
  const onChange = (files: readonly string[]): void => {
    etcd.reconnect(signal).then(
      () => {
        log.info({ files, endpoint: etcd.endpoint }, 'connected to etcd again, with the changed files');
      },
      (error: unknown) => {
        if (signal.aborted) return;
        const fields = { files, ...fieldsOf(error) };
        log.error(fields, 'etcd does not accept the changed files: the connection stays as it is while it lasts');
      },
    );
  };
  await followFiles(new Map(read), onChange, { clock }, signal);
}

import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { withDeadline } from '../model/deadline.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Runtime } from '../ports.js';
import { openSources } from './open.js';

/**
 * Lists every source of a config once, in the formats that `run` has decided on. It writes nothing.
 *
 * @param timeout milliseconds
 * @throws RollcallError when a source cannot be read as configured; when etcd refuses the login or the permission; or when a source
 * was not listed within `timeout`, with the last error of etcd
 */
export async function listSources(config: Config, runtime: Runtime, timeout: number): Promise<Snapshot> {
  const { clock } = runtime;
  const done = new AbortController();
  let latest: Snapshot = { sources: [], stale: false };
  const unreadable: Error[] = [];
  // The last error of each source. When the time is up, a source may be in another attempt.
  const lastErrors = new Map<string, Error>();
  const catalog = openSources(config, runtime, {
    publish(snapshot) {
      latest = snapshot;
      if (snapshot.sources.length === config.sources.length) done.abort();
    },
    unreadable(error) {
      unreadable.push(error);
      done.abort();
    },
    state(source, state) {
      if (state.kind !== 'waiting') return;
      lastErrors.set(source, state.error);
      if (isPermanent(state.error)) done.abort();
    },
  });
  await withDeadline({ timeout, clock, signals: [done.signal] }, (limit) => {
    // Every source listens to this signal. Without this, Node would print a warning of a listener leak.
    setMaxListeners(0, limit);
    return catalog.run(limit);
  });
  if (unreadable[0]) throw unreadable[0];
  const missing = config.sources.filter(({ name }) => !latest.sources.some(({ source }) => source === name));
  if (missing.length === 0) return latest;
  const refused = missing.filter(({ name }) => isPermanent(lastErrors.get(name)));
  throw refused.length > 0
    ? explain(refused, lastErrors, 'cannot be listed')
    : explain(missing, lastErrors, `not listed within ${timeout} ms`);
}

/** etcd answers the same until an operator changes a user or a role: waiting longer does not help. */
function isPermanent(error: Error | undefined): boolean {
  return error instanceof RollcallError && (error.code === 'ETCD_DENIED' || error.code === 'ETCD_LOGIN');
}

/** The error has the code and the hint of the first source: the others usually fail for the same reason. */
function explain(missing: Config['sources'], lastErrors: ReadonlyMap<string, Error>, what: string): RollcallError {
  const errors = missing.flatMap(({ name }) => lastErrors.get(name) ?? []);
  const known = errors.find((error) => error instanceof RollcallError);
  const names = missing.map(({ name }) => name).join(', ');
  const why = [...new Set(errors.map(({ message }) => message))].join('; ') || 'etcd did not answer';
  return new RollcallError(known?.code ?? 'ETCD_UNREACHABLE', `source ${names}: ${what}: ${why}`, {
    ...(known && { hint: known.hint, cause: known }),
  });
}

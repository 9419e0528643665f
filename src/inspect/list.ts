import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { withDeadline } from '../model/deadline.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Runtime } from '../ports.js';
import { openSources } from './open.js';

/**
 * What etcd holds now: every source of the config, listed once, and read by the formats that `run` has decided on. Nothing
 * is written anywhere.
 *
 * @param timeout milliseconds
 * @throws RollcallError when a source cannot be read as it is configured, or has not been listed by then, with what etcd
 * said last
 */
export async function listSources(config: Config, runtime: Runtime, timeout: number): Promise<Snapshot> {
  const { clock } = runtime;
  const done = new AbortController();
  let latest: Snapshot = { sources: [], stale: false };
  const unreadable: Error[] = [];
  // What a source said last: at the timeout it may be trying once more.
  const troubles = new Map<string, Error>();
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
      if (state.kind === 'waiting') troubles.set(source, state.error);
    },
  });
  await withDeadline({ timeout, clock, signals: [done.signal] }, (limit) => {
    // Every source and pause listens to it: how many is a matter of the config, not a leak.
    setMaxListeners(0, limit);
    return catalog.run(limit);
  });
  if (unreadable[0]) throw unreadable[0];
  const missing = config.sources.filter(({ name }) => !latest.sources.some(({ source }) => source === name));
  if (missing.length === 0) return latest;
  throw explain(missing, troubles, timeout);
}

/** With the code and the hint of the first one: the others mostly lack the same. */
function explain(missing: Config['sources'], troubles: ReadonlyMap<string, Error>, timeout: number): RollcallError {
  const errors = missing.flatMap(({ name }) => troubles.get(name) ?? []);
  const known = errors.find((error) => error instanceof RollcallError);
  const names = missing.map(({ name }) => name).join(', ');
  const why = [...new Set(errors.map(({ message }) => message))].join('; ') || 'etcd did not answer';
  return new RollcallError(
    known?.code ?? 'ETCD_UNREACHABLE',
    `source ${names}: not listed within ${timeout} ms: ${why}`,
    {
      ...(known && { hint: known.hint, cause: known }),
    },
  );
}

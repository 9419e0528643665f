import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { isRefusal } from '../etcd/failure.js';
import { withDeadline } from '../model/deadline.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Runtime } from '../ports/runtime.js';
import type { HasLease } from '../catalog/watch-sources.js';
import { needsDecision, openSources, readDecisionsOf } from './open.js';

/** The sources that could be listed, and why the others could not. */
export interface Listing {
  readonly snapshot: Snapshot;
  readonly hasLease: HasLease;
  /** Empty when every source is in the snapshot. */
  readonly failures: readonly ListFailure[];
}

export interface ListFailure {
  /** Names of the sources that are not in the snapshot for this reason. */
  readonly sources: readonly string[];
  readonly error: RollcallError;
}

/**
 * Lists every source of a config once, in the formats that `run` has decided on. It writes nothing.
 *
 * @param timeout milliseconds
 * @throws RollcallError when a source cannot be read as configured; when etcd refuses the login or the permission; when stateDir does not
 * say how `run` reads a source; or when a source was not listed within `timeout`, with the last error of etcd
 */
export async function listSources(config: Config, runtime: Runtime, timeout: number): Promise<Snapshot> {
  return (await listOnce(config, runtime, timeout, 'all')).snapshot;
}

/**
 * The same for as many sources as possible: sources that etcd does not permit, and sources whose decided format cannot be read from
 * stateDir, are failures.
 *
 * @throws RollcallError for any other failure, and when no source is left
 */
export async function listReadableSources(config: Config, runtime: Runtime, timeout: number): Promise<Listing> {
  const undecided = config.sources.filter(needsDecision);
  const others = config.sources.filter((source) => !needsDecision(source));
  try {
    await readDecisionsOf(config);
  } catch (error) {
    if (!(error instanceof RollcallError) || others.length === 0) throw error;
    const listing = await listOnce({ ...config, sources: others }, runtime, timeout, 'permitted');
    return {
      ...listing,
      failures: [{ sources: undecided.map(({ name }) => name), error }, ...listing.failures],
    };
  }
  return listOnce(config, runtime, timeout, 'permitted');
}

async function listOnce(
  config: Config,
  runtime: Runtime,
  timeout: number,
  wanted: 'all' | 'permitted',
): Promise<Listing> {
  const { clock } = runtime;
  const done = new AbortController();
  let latest: Snapshot = { sources: [], stale: false };
  let hasLease: HasLease = () => true;
  const unreadable: Error[] = [];
  // The last error of each source. When the time is up, a source may be in another attempt.
  const lastErrors = new Map<string, Error>();
  const isListed = (name: string): boolean => latest.sources.some(({ source }) => source === name);
  const isRefused = (name: string): boolean => isDenied(lastErrors.get(name)) && !isListed(name);
  const endIfComplete = (): void => {
    if (config.sources.every(({ name }) => isListed(name) || isRefused(name))) done.abort();
  };
  const catalog = openSources(config, runtime, {
    publish(snapshot, leases) {
      latest = snapshot;
      hasLease = leases;
      endIfComplete();
    },
    unreadable(error) {
      unreadable.push(error);
      done.abort();
    },
    state(source, state) {
      if (state.kind !== 'waiting') return;
      lastErrors.set(source, state.error);
      if (isRefusal(state.error) && (wanted === 'all' || !isDenied(state.error))) done.abort();
      endIfComplete();
    },
  });
  await withDeadline({ timeout, clock, signals: [done.signal] }, (limit) => {
    // Every source listens to this signal. Without this, Node would print a warning of a listener leak.
    setMaxListeners(0, limit);
    return catalog.run(limit);
  });
  if (unreadable[0]) throw unreadable[0];
  const missing = config.sources.filter(({ name }) => !isListed(name));
  if (missing.length === 0) return { snapshot: latest, hasLease, failures: [] };
  const refused = missing.filter(({ name }) => isRefusal(lastErrors.get(name)));
  if (refused.length === 0) throw explainUnlisted(missing, lastErrors, `not listed within ${timeout} ms`);
  const error = explainUnlisted(refused, lastErrors, 'cannot be listed');
  if (wanted === 'all' || latest.sources.length === 0 || missing.some(({ name }) => !isRefused(name))) throw error;
  return { snapshot: latest, hasLease, failures: [{ sources: refused.map(({ name }) => name), error }] };
}

/** The user may not read the keys of this source. It may be allowed to read those of others. */
function isDenied(error: Error | undefined): boolean {
  return error instanceof RollcallError && error.code === 'ETCD_DENIED';
}

/**
 * The error for sources that are not listed. It has the code and the hint of the first source: the others usually fail for the same reason.
 *
 * @param what follows the names of the sources in the message
 */
export function explainUnlisted(
  missing: readonly Pick<Config['sources'][number], 'name'>[],
  lastErrors: ReadonlyMap<string, Error>,
  what: string,
): RollcallError {
  const errors = missing.flatMap(({ name }) => lastErrors.get(name) ?? []);
  const known = errors.find((error) => error instanceof RollcallError);
  const names = missing.map(({ name }) => name).join(', ');
  const why = [...new Set(errors.map(({ message }) => message))].join('; ') || 'etcd did not answer';
  return new RollcallError(known?.code ?? 'ETCD_UNREACHABLE', `source ${names}: ${what}: ${why}`, {
    ...(known && { hint: known.hint, cause: known }),
  });
}

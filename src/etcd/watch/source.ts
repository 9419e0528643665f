import { createAttempts } from './attempts.js';
import { RollcallError } from '../../model/errors.js';
import type { KeySelector } from '../../model/key-prefix.js';
import { noLists, type ListReason } from '../../model/measures.js';
import type { Clock, Log, Random } from '../../ports/runtime.js';
import type { Source, SourceSink, SourceState } from '../../ports/source.js';
import type { Etcd } from '../client.js';
import { compareForEver } from './resync.js';
import { explain } from '../failure.js';
import { describeKeys } from '../protocol/keys.js';
import { listKeys, readPages } from './list.js';
import { mergeRequests } from './list-requests.js';
import { createReplica, type Replica } from './replica.js';
import { standardTiming, type PrefixSourceOptions, type SourceTiming } from './source-options.js';
import type { WatchEnd, WatchHandlers } from './stream.js';

export interface PrefixSourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface PrefixSource extends Source {
  /**
   * Asks for a new list, which comes as a `sync`. The present watch goes on until then. Lists that are asked for are at least
   * `timing.relistEvery` apart, and several requests meanwhile are one. Does nothing while the source does not run.
   */
  relist(): void;
  /** Counts since the start. `watches`: those that etcd has confirmed. `differences`: comparisons that found one. */
  readonly counts: {
    readonly lists: number;
    readonly watches: number;
    readonly comparisons: number;
    readonly differences: number;
  };
  /** How many complete lists were read since the start, by reason. */
  readonly lists: Readonly<Record<ListReason, number>>;
}

/**
 * Lists an etcd prefix or one key, and then watches it until the signal aborts. After a cut connection, a canceled watch,
 * compaction, silence or a restored store, the delivered state becomes equal to a fresh list.
 *
 * The watch resumes after the last event that it delivered completely. It lists again when etcd no longer has the next
 * revisions, when it is far behind, and when the store has an older revision or is another store.
 */
export function createPrefixSource(etcd: Etcd, options: PrefixSourceOptions, deps: PrefixSourceDeps): PrefixSource {
  const { name, keys } = options;
  const timing = { ...standardTiming, ...options.timing };
  const log = deps.log.child({ source: name });
  const counts = { lists: 0, watches: 0, comparisons: 0, differences: 0 };
  const lists = noLists();
  const settings = { keys, pageSize: options.pageSize, maxLag: options.maxLag ?? 5000, timing };
  const requests: Requests = { relist: () => undefined };
  return {
    name,
    counts,
    lists,
    relist: () => {
      requests.relist();
    },
    run: (sink, signal) => run({ ...settings, etcd, counts, lists, requests, ...deps, log }, sink, signal),
  };
}

/** What the running loop does when a list is asked for. */
interface Requests {
  relist: () => void;
}

interface Running {
  readonly requests: Requests;
  readonly etcd: Etcd;
  readonly keys: KeySelector;
  readonly pageSize: number | undefined;
  readonly maxLag: number;
  readonly timing: SourceTiming;
  readonly counts: { lists: number; watches: number; comparisons: number; differences: number };
  readonly lists: Record<ListReason, number>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

async function run(parts: Running, sink: SourceSink, signal: AbortSignal): Promise<void> {
  const { etcd, keys, pageSize, timing, counts, clock, log } = parts;
  const replica = createReplica(sink);
  const attempts = createAttempts(parts);
  let state: SourceState | undefined;
  let reason: ListReason = 'start';
  let again = new AbortController();
  const requests = mergeRequests({ ...parts, relistEvery: timing.relistEvery }, signal, () => {
    again.abort();
  });
  parts.requests.relist = requests.add;

  function report(next: SourceState): void {
    if (signal.aborted) return;
    const same = next.kind !== 'waiting' && state?.kind === next.kind && state.endpoint === next.endpoint;
    state = next;
    if (!same) sink.state(next);
  }

  /** Reports the error and waits for the delay before the next attempt. A server that is back ends the wait sooner. */
  async function rest(error: Error, endpoint: string): Promise<void> {
    const retryInMs = attempts.delay();
    report({ kind: 'waiting', endpoint, error, retryInMs });
    const over = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal]);
    const back = etcd.reconnected(waiting);
    // A server that accepts connections and drops them must not be asked without a pause.
    const least = Math.min(retryInMs, Math.max(100, Math.min(retryInMs / 8, 1000)));
    await clock.sleep(least, signal);
    await Promise.race([clock.sleep(retryInMs - least, waiting), back]);
    over.abort();
  }

  /** False when etcd did not answer. */
  async function list(): Promise<boolean> {
    const { endpoint } = etcd;
    if (state?.kind !== 'listing') report({ kind: 'connecting', endpoint });
    try {
      const onAnswer = (from: string): void => {
        report({ kind: 'listing', endpoint: from });
      };
      replica.replace(await listKeys(etcd, keys, { pageSize, onAnswer }, signal));
      counts.lists += 1;
      parts.lists[reason] += 1;
      return true;
    } catch (thrown) {
      const error = thrown instanceof RollcallError ? thrown : explain(thrown, `list ${describeKeys(keys)}`, endpoint);
      await rest(error, endpoint);
      return false;
    }
  }

  const handlers: WatchHandlers = {
    created(_endpoint, raftTerm) {
      counts.watches += 1;
      replica.confirm(raftTerm);
    },
    caughtUp(endpoint) {
      attempts.live();
      report({ kind: 'live', endpoint });
    },
    lagging(endpoint) {
      report({ kind: 'connecting', endpoint });
    },
    events(events, revision) {
      replica.apply(events, revision);
    },
    progress(revision) {
      replica.advance(revision);
    },
  };

  const comparing = compareForEver(
    {
      replica,
      read: (pages, stop) => readPages(etcd, keys, { pageSize }, pages, stop),
      isLive: () => state?.kind === 'live',
      onCompared: () => (counts.comparisons += 1),
      onDifference: () => {
        counts.differences += 1;
        reason = 'differs';
        again.abort();
      },
      timing,
      clock,
      random: parts.random,
      log,
    },
    signal,
  );

  while (!signal.aborted) {
    // The watch may have ended for another reason meanwhile.
    if (requests.take()) {
      replica.forget(true);
      reason = 'asked';
    }
    const listed = replica.moment === undefined;
    if (listed && !(await list())) continue;
    again = new AbortController();
    const end = await watchOnce(parts, replica, { listed, timeoutFactor: attempts.timeoutFactor() }, handlers, [
      signal,
      again,
    ]);
    attempts.ended(end);
    if (end.kind === 'failed') {
      await rest(end.error, end.endpoint);
      report({ kind: 'connecting', endpoint: etcd.endpoint });
      continue;
    }
    if (end.kind === 'moved') continue;
    replica.forget();
    if (end.kind === 'aborted') continue;
    reason = end.kind;
    log[end.kind === 'restored' ? 'warn' : 'info']({ kind: end.kind, reason: end.why }, 'listing again');
    // If a list is already stale when its watch opens, this delay prevents one list after another.
    if (listed) await clock.sleep(attempts.delay(), signal);
  }
  await comparing;
}

async function watchOnce(
  { etcd, keys, maxLag, timing }: Running,
  replica: Replica,
  { listed, timeoutFactor }: { listed: boolean; timeoutFactor: number },
  handlers: WatchHandlers,
  [signal, again]: readonly [AbortSignal, AbortController],
): Promise<WatchEnd> {
  const known = replica.moment;
  if (known === undefined) return { kind: 'aborted' };
  const request = {
    keys,
    known,
    // After a list, the watch catches up with any lag: on a busy store another list would be as late.
    maxLag: listed ? undefined : maxLag,
    timing: { ask: timing.ask, silence: timing.silence * timeoutFactor, created: timing.created * timeoutFactor },
  };
  return etcd.watch(request, handlers, AbortSignal.any([signal, again.signal]));
}

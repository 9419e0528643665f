import { createAttempts } from './attempts.js';
import { RollcallError } from '../../model/errors.js';
import type { KeySelector } from '../../model/key-prefix.js';
import type { Clock, Log, Random, Source, SourceSink, SourceState } from '../../ports.js';
import type { Etcd } from '../client.js';
import { compareForEver } from './resync.js';
import { explain } from '../failure.js';
import { describeKeys } from '../protocol/keys.js';
import { listKeys } from './list.js';
import type { LivenessTiming } from './liveness.js';
import { createReplica, type Replica } from './replica.js';
import type { WatchEnd, WatchHandlers } from './watch.js';

/** Milliseconds. */
export interface SourceTiming extends LivenessTiming {
  /** Waits between attempts, once every endpoint has had its turn. */
  readonly backoff: { readonly base: number; readonly cap: number };
  /** Between two comparisons with a fresh list, on average; each is a third shorter to a third longer. */
  readonly compareEvery: number;
  /** What the watch may lag behind such a list before a difference counts. */
  readonly settle: number;
}

const standardTiming: SourceTiming = {
  created: 3000,
  ask: 1000,
  silence: 3000,
  backoff: { base: 100, cap: 5000 },
  compareEvery: 450_000,
  settle: 2000,
};

export interface PrefixSourceOptions {
  readonly name: string;
  readonly keys: KeySelector;
  /** Keys per call of a list. Default 5000. */
  readonly pageSize?: number;
  /** Revisions behind the store from which a list is faster than catching up. Default 5000. */
  readonly maxLag?: number;
  readonly timing?: Partial<SourceTiming>;
}

export interface PrefixSourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface PrefixSource extends Source {
  /** Since the start: lists taken, watches confirmed, comparisons made, and those among them that found a difference. */
  readonly counts: {
    readonly lists: number;
    readonly watches: number;
    readonly comparisons: number;
    readonly differences: number;
  };
}

/**
 * An etcd prefix, or one key, listed and then watched for ever. Every cut, cancellation, compaction, silence and restored store
 * ends in a state equal to a fresh list, with every key's last value delivered.
 *
 * The watch resumes behind the last event that was handed on whole. It lists again when etcd no longer has what
 * follows, when it is far behind, and when the store went back in time or is another one.
 */
export function createPrefixSource(etcd: Etcd, options: PrefixSourceOptions, deps: PrefixSourceDeps): PrefixSource {
  const { name, keys } = options;
  const timing = { ...standardTiming, ...options.timing };
  const log = deps.log.child({ source: name });
  const counts = { lists: 0, watches: 0, comparisons: 0, differences: 0 };
  const settings = { keys, pageSize: options.pageSize, maxLag: options.maxLag ?? 5000, timing };
  return {
    name,
    counts,
    run: (sink, signal) => run({ ...settings, etcd, counts, ...deps, log }, sink, signal),
  };
}

interface Running {
  readonly etcd: Etcd;
  readonly keys: KeySelector;
  readonly pageSize: number | undefined;
  readonly maxLag: number;
  readonly timing: SourceTiming;
  readonly counts: { lists: number; watches: number; comparisons: number; differences: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

async function run(parts: Running, sink: SourceSink, signal: AbortSignal): Promise<void> {
  const { etcd, keys, pageSize, timing, counts, clock, log } = parts;
  const replica = createReplica(sink);
  const attempts = createAttempts(parts);
  let state: SourceState | undefined;
  let again = new AbortController();

  function report(next: SourceState): void {
    if (signal.aborted) return;
    const same = next.kind !== 'waiting' && state?.kind === next.kind && state.endpoint === next.endpoint;
    state = next;
    if (!same) sink.state(next);
  }

  /** Says why, waits, and goes on. */
  async function rest(error: Error, endpoint: string): Promise<void> {
    const retryInMs = attempts.delay();
    report({ kind: 'waiting', endpoint, error, retryInMs });
    await clock.sleep(retryInMs, signal);
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
      list: (stop) => listKeys(etcd, keys, { pageSize }, stop),
      isLive: () => state?.kind === 'live',
      onCompared: () => (counts.comparisons += 1),
      onDifference: () => {
        counts.differences += 1;
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
    const listed = replica.moment === undefined;
    if (listed && !(await list())) continue;
    again = new AbortController();
    const end = await watchOnce(parts, replica, { listed, patience: attempts.timeoutFactor() }, handlers, [
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
    log[end.kind === 'restored' ? 'warn' : 'info']({ kind: end.kind, reason: end.why }, 'listing again');
    // A list that is stale by the time its watch opens must not become a storm of lists.
    if (listed) await clock.sleep(attempts.delay(), signal);
  }
  await comparing;
}

async function watchOnce(
  { etcd, keys, maxLag, timing }: Running,
  replica: Replica,
  { listed, patience }: { listed: boolean; patience: number },
  handlers: WatchHandlers,
  [signal, again]: readonly [AbortSignal, AbortController],
): Promise<WatchEnd> {
  const known = replica.moment;
  if (known === undefined) return { kind: 'aborted' };
  const request = {
    keys,
    known,
    // Right behind a list any lag is caught up with: on a busy store another list would be as late.
    maxLag: listed ? undefined : maxLag,
    timing: { ask: timing.ask, silence: timing.silence * patience, created: timing.created * patience },
  };
  return etcd.watch(request, handlers, AbortSignal.any([signal, again.signal]));
}

import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import { RollcallError, type ErrorCode } from '../../model/errors.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import type { Clock } from '../../ports.js';
import type { Feed, FeedDeps } from './feed.js';
import { createFeeds } from './shared-feeds.js';
import { createLiveSet, type LiveSet } from './live-set.js';
import { resolveDiscovery, type DiscoverOptions, type DiscoveryQuery } from './options.js';

/** Live sets over one connection. */
export interface Discovery {
  discover(options: DiscoverOptions): Promise<LiveSet>;
  /** Closes every set; a `discover` that still waits rejects. Idempotent. */
  close(): Promise<void>;
}

export function createDiscovery(etcd: Etcd, deps: FeedDeps): Discovery {
  const { clock, random } = deps;
  const feeds = createFeeds(etcd, deps);
  const sets = new Set<LiveSet>();
  const pending = new Set<Promise<unknown>>();
  const closing = new AbortController();

  async function open(wanted: DiscoveryQuery): Promise<LiveSet> {
    const shared = feeds.take(wanted.source);
    let first: SourceSnapshot;
    try {
      first = await firstList(shared.feed, wanted, clock, closing.signal);
    } catch (error) {
      await shared.release();
      throw error;
    }
    const { service } = wanted;
    const set = createLiveSet({ shared, first, service, clock, random, onClose: () => void sets.delete(set) });
    sets.add(set);
    return set;
  }

  return {
    async discover(options) {
      const wanted = resolveDiscovery(options);
      wanted.signal?.throwIfAborted();
      if (closing.signal.aborted) throw closed();
      const opening = open(wanted);
      const settled = opening.then(
        () => undefined,
        () => undefined,
      );
      pending.add(settled);
      try {
        return await opening;
      } finally {
        pending.delete(settled);
      }
    },
    async close() {
      closing.abort();
      await Promise.all(pending);
      await Promise.all([...sets].map((set) => set.close()));
    },
  };
}

/** These pass: etcd may answer in a moment. All else would be the same a moment later. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ETCD_UNREACHABLE', 'ETCD_ANSWER', 'ETCD_TLS']);

/** What the feed knows as soon as that is complete and not old. @throws the reason of the caller's signal, RollcallError */
async function firstList(
  feed: Feed,
  { source, timeout, signal }: DiscoveryQuery,
  clock: Clock,
  closing: AbortSignal,
): Promise<SourceSnapshot> {
  const over = new AbortController();
  try {
    return await new Promise<SourceSnapshot>((resolve, reject) => {
      const look = (): void => {
        const { latest, stale, listError: trouble } = feed;
        const error = latest === undefined ? trouble : undefined;
        if (latest !== undefined && stale === undefined) resolve(latest);
        else if (error instanceof RollcallError && !passing.has(error.code)) reject(error);
      };
      const leave = feed.listen(look);
      over.signal.addEventListener('abort', leave);
      // What a caller aborts with is whatever he likes.
      const giveUp: (reason: unknown) => void = reject;
      const giveUpOn = (by: AbortSignal, reason: () => unknown): void => {
        const aborted = (): void => {
          giveUp(reason());
        };
        // How many wait at once is no leak, and Node's warning of one would be a line on somebody's terminal.
        setMaxListeners(0, by);
        by.addEventListener('abort', aborted, { once: true, signal: over.signal });
      };
      if (signal !== undefined) giveUpOn(signal, () => signal.reason);
      giveUpOn(closing, closed);
      void sleep(timeout, clock, over.signal).then(() => {
        reject(late(feed, source.prefix, timeout));
      });
      look();
    });
  } finally {
    over.abort();
  }
}

/** The longest that Node's timers take (https://nodejs.org/docs/latest-v20.x/api/timers.html). */
const longest = 2 ** 31 - 1;

/** Never ends by itself when it is to last for ever. */
async function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  let left = ms;
  while (left > 0 && !signal.aborted) {
    const part = Math.min(left, longest);
    await clock.sleep(part, signal);
    left -= part;
  }
}

function late({ latest, stale, listError: trouble }: Feed, prefix: string, timeout: number): RollcallError {
  const cause = latest === undefined ? trouble : stale?.error;
  const why = cause?.message ?? 'etcd did not answer';
  const code = cause instanceof RollcallError ? cause.code : 'ETCD_UNREACHABLE';
  return new RollcallError(code, `discover ${prefix || 'all keys'}: no complete list within ${timeout} ms: ${why}`, {
    ...(cause instanceof RollcallError && { hint: cause.hint }),
    cause,
  });
}

/** What a registry says that is asked after its end. */
export function closed(): RollcallError {
  return new RollcallError('REGISTRY_CLOSED', 'the registry is closed');
}

import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import { orAbort, withDeadline } from '../../model/deadline.js';
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
      closing.abort(closed());
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
  const signals = [signal, closing].filter((one) => one !== undefined);
  // How many wait at once is no leak, and the program must not print Node's warning of one.
  setMaxListeners(0, ...signals);
  const limits = { timeout, clock, signals, late: () => late(feed, source.prefix, timeout) };
  return withDeadline(limits, async (limit) => {
    let leave: (() => void) | undefined;
    const first = new Promise<SourceSnapshot>((resolve, reject) => {
      const look = (): void => {
        const { latest, stale, trouble } = feed;
        const error = latest === undefined ? trouble : undefined;
        if (latest !== undefined && stale === undefined) resolve(latest);
        else if (error instanceof RollcallError && !passing.has(error.code)) reject(error);
      };
      leave = feed.listen(look);
      look();
    });
    try {
      return await orAbort(first, limit);
    } finally {
      leave?.();
    }
  });
}

function late({ latest, stale, trouble }: Feed, prefix: string, timeout: number): RollcallError {
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

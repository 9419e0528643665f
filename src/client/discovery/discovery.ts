import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import { orAbort, withDeadline } from '../../model/deadline.js';
import { RollcallError, type ErrorCode } from '../../model/errors.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import type { Clock } from '../../ports/runtime.js';
import type { Feed, FeedDeps } from './feed.js';
import { createFeeds } from './shared-feeds.js';
import { createLiveSet, type LiveSet } from './live-set.js';
import type { LiveSetStatus } from './status.js';
import { resolveDiscovery, type DiscoverOptions, type DiscoveryQuery } from './options.js';

/** The live sets over one connection. */
export interface Discovery {
  discover(options: DiscoverOptions): Promise<LiveSet>;
  /** The open sets, in the order in which they were opened. */
  status(): readonly LiveSetStatus[];
  /** Closes every set. A pending `discover` rejects with REGISTRY_CLOSED. Idempotent. */
  close(): Promise<void>;
}

export function createDiscovery(etcd: Etcd, deps: FeedDeps): Discovery {
  const { clock, random } = deps;
  const feeds = createFeeds(etcd, deps);
  const sets = new Set<LiveSet>();
  const pending = new Set<Promise<unknown>>();
  const closing = new AbortController();

  async function open(query: DiscoveryQuery): Promise<LiveSet> {
    const shared = feeds.take(query.source);
    let first: SourceSnapshot;
    try {
      first = await firstList(shared.feed, query, clock, closing.signal);
    } catch (error) {
      await shared.release();
      throw error;
    }
    const { service } = query;
    const set = createLiveSet({ shared, first, service, clock, random, onClose: () => void sets.delete(set) });
    sets.add(set);
    return set;
  }

  return {
    async discover(options) {
      const query = resolveDiscovery(options);
      query.signal?.throwIfAborted();
      if (closing.signal.aborted) throw closed();
      const opening = open(query);
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
    status: () => [...sets].map((set) => set.status()),
    async close() {
      closing.abort(closed());
      await Promise.all(pending);
      await Promise.all([...sets].map((set) => set.close()));
    },
  };
}

/** Errors that may pass while `discover` waits. Any other one would come again. */
const transientCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ETCD_UNREACHABLE', 'ETCD_ANSWER', 'ETCD_TLS']);

/** Resolves with the first complete list that is up to date. @throws the reason of the caller's signal, RollcallError */
async function firstList(
  feed: Feed,
  { source, timeout, signal }: DiscoveryQuery,
  clock: Clock,
  closing: AbortSignal,
): Promise<SourceSnapshot> {
  const signals = [signal, closing].filter((one) => one !== undefined);
  // Many calls may wait on one signal. Without this, Node would print a warning of a listener leak.
  setMaxListeners(0, ...signals);
  const limits = { timeout, clock, signals, late: () => timedOut(feed, source.prefix, timeout) };
  return withDeadline(limits, async (limit) => {
    let unsubscribe: (() => void) | undefined;
    const first = new Promise<SourceSnapshot>((resolve, reject) => {
      const check = (): void => {
        const { latest, stale, listError: trouble } = feed;
        const error = latest === undefined ? trouble : undefined;
        if (latest !== undefined && stale === undefined) resolve(latest);
        else if (error instanceof RollcallError && !transientCodes.has(error.code)) reject(error);
      };
      unsubscribe = feed.listen(check);
      check();
    });
    try {
      return await orAbort(first, limit);
    } finally {
      unsubscribe?.();
    }
  });
}

function timedOut({ latest, stale, listError: trouble }: Feed, prefix: string, timeout: number): RollcallError {
  const cause = latest === undefined ? trouble : stale?.error;
  const why = cause?.message ?? 'etcd did not answer';
  const code = cause instanceof RollcallError ? cause.code : 'ETCD_UNREACHABLE';
  return new RollcallError(code, `discover ${prefix || 'all keys'}: no complete list within ${timeout} ms: ${why}`, {
    ...(cause instanceof RollcallError && { hint: cause.hint }),
    cause,
  });
}

/** The error of a call to a closed registry. */
export function closed(): RollcallError {
  return new RollcallError('REGISTRY_CLOSED', 'the registry is closed');
}

import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { causeOf, createStalenessWatch, type Staleness } from '../../catalog/staleness.js';
import { watchSources } from '../../catalog/watch-sources.js';
import type { SourceSettings } from '../../catalog/source.js';
import type { Runtime } from '../../ports.js';

/**
 * `changed`: a batch was folded in. `stale`, also for another cause, and `live`: `feed.stale` is another. `trouble`: before the first
 * list, `feed.trouble` is another.
 */
export type FeedEvent = 'changed' | 'stale' | 'live' | 'trouble';

/** One prefix, listed and watched for all who want it. */
export interface Feed {
  /** Undefined before the first complete list; kept while etcd is away. */
  readonly latest: SourceSnapshot | undefined;
  /** Since when, and why, `latest` may be old. Undefined before the first list. */
  readonly stale: Staleness | undefined;
  /** Why there is no first list yet, as far as etcd said. */
  readonly listError: Error | undefined;
  /** Told of everything until the returned function is called. A listener does not throw. */
  listen(listener: (event: FeedEvent) => void): () => void;
  /** Resolves when nothing runs any more. */
  close(): Promise<void>;
}

export type FeedDeps = Omit<Runtime, 'env'>;

export function openFeed(etcd: Etcd, source: SourceSettings, deps: FeedDeps): Feed {
  const listeners = new Set<(event: FeedEvent) => void>();
  const stop = new AbortController();
  const watch = createStalenessWatch(deps.clock);
  let latest: SourceSnapshot | undefined;
  let trouble: Error | undefined;
  /** What is there now cannot be read: `latest` is what could be. */
  let unreadable: Staleness | undefined;

  const tell = (event: FeedEvent): void => {
    // A copy: who is told may leave, or bring another.
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(event);
  };

  // Its pauses and its watch listen to it: how many is no leak.
  setMaxListeners(0, stop.signal);
  const reading = { etcd, sources: [source], decisions: { get: () => undefined } };
  const running = watchSources(
    reading,
    deps,
    {
      publish({ sources }) {
        latest = sources[0];
        const mended = unreadable !== undefined && watch.away === undefined;
        unreadable = undefined;
        tell('changed');
        if (mended) tell('live');
      },
      unreadable(error) {
        if (latest === undefined) {
          trouble = error;
          tell('trouble');
        } else if (unreadable === undefined || causeOf(unreadable.error) !== causeOf(error)) {
          unreadable = { since: unreadable?.since ?? deps.clock.wall(), error };
          tell('stale');
        }
      },
      state(_name, state) {
        if (latest === undefined) {
          if (state.kind !== 'waiting') return;
          trouble = state.error;
          tell('trouble');
          return;
        }
        const news = watch.take(state);
        if (news === 'away') tell('stale');
        else if (news === 'back' && unreadable === undefined) tell('live');
      },
    },
    stop.signal,
  );

  return {
    get latest() {
      return latest;
    },
    get stale() {
      return unreadable ?? watch.away;
    },
    get listError() {
      return trouble;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      stop.abort();
      return running;
    },
  };
}

import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { outageCause, createStalenessWatch, type Staleness } from '../../catalog/staleness.js';
import { watchSources } from '../../catalog/watch-sources.js';
import type { SourceSettings } from '../../catalog/source.js';
import type { Runtime } from '../../ports.js';

/**
 * `changed`: `latest` has changed. `stale`: `stale` is set, or has another cause. `live`: `stale` is undefined again. `list-failed`:
 * before the first list, `listError` has changed.
 */
export type FeedEvent = 'changed' | 'stale' | 'live' | 'list-failed';

/** One prefix, listed and watched once for all of its users. */
export interface Feed {
  /** Undefined before the first complete list. Kept while etcd does not answer. */
  readonly latest: SourceSnapshot | undefined;
  /** Since when and why `latest` may be out of date. Undefined while it is up to date, and before the first list. */
  readonly stale: Staleness | undefined;
  /** The last error before the first list. */
  readonly listError: Error | undefined;
  /** Calls the listener for each event until the returned function is called. A listener must not throw. */
  listen(listener: (event: FeedEvent) => void): () => void;
  /** Stops the watch. Resolves when nothing is running. */
  close(): Promise<void>;
}

export type FeedDeps = Omit<Runtime, 'env'>;

export function openFeed(etcd: Etcd, source: SourceSettings, deps: FeedDeps): Feed {
  const listeners = new Set<(event: FeedEvent) => void>();
  const stop = new AbortController();
  const watch = createStalenessWatch(deps.clock);
  let latest: SourceSnapshot | undefined;
  let listError: Error | undefined;
  /** Set while the keys of the prefix cannot be read as a registry. `latest` is then the last list that could be read. */
  let unreadable: Staleness | undefined;

  const emit = (event: FeedEvent): void => {
    // A copy, because a listener may add or remove listeners.
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(event);
  };

  // Many parts of the watch listen to this signal. Without this, Node would print a warning of a listener leak.
  setMaxListeners(0, stop.signal);
  const watched = { etcd, sources: [source], decisions: { get: () => undefined } };
  const running = watchSources(
    watched,
    deps,
    {
      publish({ sources }) {
        latest = sources[0];
        const recovered = unreadable !== undefined && watch.stale === undefined;
        unreadable = undefined;
        emit('changed');
        if (recovered) emit('live');
      },
      unreadable(error) {
        if (latest === undefined) {
          listError = error;
          emit('list-failed');
        } else if (unreadable === undefined || outageCause(unreadable.error) !== outageCause(error)) {
          unreadable = { since: unreadable?.since ?? deps.clock.wall(), error };
          emit('stale');
        }
      },
      state(_name, state) {
        if (latest === undefined) {
          if (state.kind !== 'waiting') return;
          listError = state.error;
          emit('list-failed');
          return;
        }
        const change = watch.update(state);
        if (change === 'stale') emit('stale');
        else if (change === 'live' && unreadable === undefined) emit('live');
      },
    },
    stop.signal,
  );

  return {
    get latest() {
      return latest;
    },
    get stale() {
      return unreadable ?? watch.stale;
    },
    get listError() {
      return listError;
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

import { setMaxListeners } from 'node:events';
import type { Etcd } from '../../etcd/client.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import { outageCause, createStalenessWatch, type Staleness } from '../../catalog/staleness.js';
import { watchSources } from '../../catalog/watch-sources.js';
import type { SourceSettings } from '../../catalog/source.js';
import type { Runtime } from '../../ports/runtime.js';
import type { SourceState } from '../../ports/source.js';

/**
 * `changed`: `latest` has changed. `stale`: `stale` is set, or has another cause. `live`: `stale` is undefined again. `list-failed`:
 * before the first list, `listError` has changed.
 */
export type FeedEvent = 'changed' | 'stale' | 'live' | 'list-failed';

/** The state of a feed. */
export interface FeedWatch {
  /** `waiting` while `Feed.stale` is set. Otherwise, and before the first list, the state of the watch. */
  readonly kind: SourceState['kind'];
  /** Since when it is of this kind. Wall clock, milliseconds since the epoch. */
  readonly since: number;
}

/** One prefix, listed and watched once for all of its users. */
export interface Feed {
  /** Undefined before the first complete list. Kept while etcd does not answer. */
  readonly latest: SourceSnapshot | undefined;
  /** Since when and why `latest` may be out of date. Undefined while it is up to date, and before the first list. */
  readonly stale: Staleness | undefined;
  readonly watch: FeedWatch;
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
  /** The state of the watch: etcd may answer although the feed is stale, and be asked again while it is. */
  let kind: SourceState['kind'] = 'connecting';
  let shown: FeedWatch = { kind, since: deps.clock.wall() };

  /** Call it after each change of `kind` or of the staleness, before the event. */
  function show(): void {
    const stale = unreadable ?? watch.stale;
    if (stale !== undefined) shown = { kind: 'waiting', since: stale.since };
    else if (shown.kind !== kind) shown = { kind, since: deps.clock.wall() };
  }

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
        show();
        emit('changed');
        if (recovered) emit('live');
      },
      unreadable(error) {
        if (latest === undefined) {
          listError = error;
          emit('list-failed');
        } else if (unreadable === undefined || outageCause(unreadable.error) !== outageCause(error)) {
          unreadable = { since: unreadable?.since ?? deps.clock.wall(), error };
          show();
          emit('stale');
        }
      },
      state(_name, state) {
        ({ kind } = state);
        if (latest === undefined) {
          show();
          if (state.kind !== 'waiting') return;
          listError = state.error;
          emit('list-failed');
          return;
        }
        const change = watch.update(state);
        show();
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
    get watch() {
      return shown;
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

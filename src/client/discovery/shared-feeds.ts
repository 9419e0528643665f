import type { Etcd } from '../../etcd/client.js';
import type { SourceSettings } from '../../catalog/source.js';
import { openFeed, type Feed, type FeedDeps } from './feed.js';

/** A feed that several live sets may use. */
export interface SharedFeed {
  readonly feed: Feed;
  /** Call it once. Resolves when the feed has ended, or at once when other sets still use the feed. */
  release(): Promise<void>;
}

/** The open feeds. Equal source settings share one feed. */
export interface Feeds {
  take(source: SourceSettings): SharedFeed;
}

export function createFeeds(etcd: Etcd, deps: FeedDeps): Feeds {
  const open = new Map<string, { readonly feed: Feed; users: number }>();
  return {
    take(source) {
      const key = JSON.stringify(source);
      const shared = open.get(key) ?? { feed: openFeed(etcd, source, deps), users: 0 };
      open.set(key, shared);
      shared.users += 1;
      return {
        feed: shared.feed,
        async release() {
          shared.users -= 1;
          if (shared.users > 0) return;
          open.delete(key);
          await shared.feed.close();
        },
      };
    },
  };
}

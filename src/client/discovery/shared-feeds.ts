import type { Etcd } from '../../etcd/client.js';
import type { SourceSettings } from '../../catalog/source.js';
import { openFeed, type Feed, type FeedDeps } from './feed.js';

/** A feed that somebody else may be using too. */
export interface SharedFeed {
  readonly feed: Feed;
  /** To be called once. Resolves when the feed has ended, or at once when others go on using it. */
  release(): Promise<void>;
}

/** Whoever wants the same, read in the same way, gets the same feed. */
export interface Feeds {
  take(source: SourceSettings): SharedFeed;
}

export function createFeeds(etcd: Etcd, deps: FeedDeps): Feeds {
  const open = new Map<string, { readonly feed: Feed; users: number }>();
  return {
    take(source) {
      const what = JSON.stringify(source);
      const shared = open.get(what) ?? { feed: openFeed(etcd, source, deps), users: 0 };
      open.set(what, shared);
      shared.users += 1;
      return {
        feed: shared.feed,
        async release() {
          shared.users -= 1;
          if (shared.users > 0) return;
          open.delete(what);
          await shared.feed.close();
        },
      };
    },
  };
}

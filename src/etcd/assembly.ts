import type { EntryEvent } from '../model/entry.js';
import { textOf } from './bytes.js';
import type { Event, WatchResponse } from './messages.js';
import { entryOf } from './translate.js';

/** What one message adds, once it is whole. */
export type Told =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'events'; readonly events: readonly EntryEvent[]; readonly revision: string }
  | { readonly kind: 'progress'; readonly revision: string };

/** Puts a watch's messages together and keeps the resume point: the last revision that was handed on whole. */
export interface Assembly {
  take(message: WatchResponse): Told;
  /** The last revision handed on, or advanced to. */
  last(): bigint;
  /** Everything up to this revision is known. True when that is news. */
  advance(revision: string): boolean;
}

/**
 * Fragments are held back until the last one is there: a revision is handed on whole or not at all. Events of
 * revisions up to `known` are left out.
 */
export function createAssembly(known: string): Assembly {
  let last = BigInt(known);
  let held: readonly Event[] = [];

  function complete(events: readonly Event[]): Told {
    const fresh = events.filter(({ kv }) => BigInt(kv.mod_revision) > last);
    const revision = fresh.at(-1)?.kv.mod_revision;
    if (revision === undefined) return { kind: 'nothing' };
    last = BigInt(revision);
    return { kind: 'events', events: fresh.map(eventOf), revision };
  }

  return {
    take(message) {
      if (message.fragment) {
        held = held.concat(message.events);
        return { kind: 'nothing' };
      }
      if (message.created) return { kind: 'nothing' };
      if (message.events.length > 0) {
        const events = held.concat(message.events);
        held = [];
        return complete(events);
      }
      return held.length === 0 ? { kind: 'progress', revision: message.header.revision } : { kind: 'nothing' };
    },
    last: () => last,
    advance(revision) {
      const news = BigInt(revision) > last;
      if (news) last = BigInt(revision);
      return news;
    },
  };
}

function eventOf({ type, kv }: Event): EntryEvent {
  return type === 'Put' ? { type: 'put', entry: entryOf(kv) } : { type: 'delete', key: textOf(kv.key) };
}

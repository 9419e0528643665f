import type { EntryEvent } from '../../model/entry.js';
import { textOf } from '../protocol/bytes.js';
import { MOST_HELD, weightOfEvent } from '../held.js';
import type { Event, WatchResponse } from '../protocol/messages.js';
import { entryOf } from '../protocol/translate.js';

/** The result of one message. `nothing`: there is nothing to deliver yet. `too-much`: the fragments exceed the memory limit. */
export type Reassembled =
  | { readonly kind: 'nothing' | 'too-much' }
  | { readonly kind: 'events'; readonly events: readonly EntryEvent[]; readonly revision: string }
  | { readonly kind: 'progress'; readonly revision: string };

/** Puts a watch's messages together and keeps the resume point: the last revision that was handed on whole. */
export interface Assembly {
  take(message: WatchResponse): Reassembled;
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
  let held: EntryEvent[] = [];
  let weight = 0;
  let revision: string | undefined;
  /** Fragments came, and the last one has yet to. */
  let isCut = false;

  /** As text: a slice of its bytes would keep the whole message in memory. */
  function hold(events: readonly Event[]): void {
    for (const event of events) {
      if (BigInt(event.kv.mod_revision) <= last) continue;
      const made = eventOf(event);
      weight += weightOfEvent(made);
      held.push(made);
      revision = event.kv.mod_revision;
    }
  }

  function complete(): Reassembled {
    const [events, upTo] = [held, revision];
    held = [];
    weight = 0;
    revision = undefined;
    isCut = false;
    if (upTo === undefined) return { kind: 'nothing' };
    last = BigInt(upTo);
    return { kind: 'events', events, revision: upTo };
  }

  return {
    take(message) {
      if (message.fragment) {
        isCut = true;
        hold(message.events);
        return { kind: weight > MOST_HELD ? 'too-much' : 'nothing' };
      }
      if (message.created) return { kind: 'nothing' };
      if (message.events.length > 0) {
        hold(message.events);
        return complete();
      }
      return isCut ? { kind: 'nothing' } : { kind: 'progress', revision: message.header.revision };
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

import type { EntryEvent } from '../../model/entry.js';
import { textOf } from '../protocol/bytes.js';
import { MAX_BUFFERED_BYTES, eventSize } from '../buffer-limit.js';
import type { Event, WatchResponseMessage } from '../protocol/messages.js';
import { entryOf } from '../protocol/translate.js';

/** The result of one message. `nothing`: nothing to deliver yet. `too-much`: the fragments exceed the memory limit. */
export type Reassembled =
  | { readonly kind: 'nothing' | 'too-much' }
  | { readonly kind: 'events'; readonly events: readonly EntryEvent[]; readonly revision: string }
  | { readonly kind: 'progress'; readonly revision: string };

/** Joins the messages of a watch and keeps the resume point: the last revision that was delivered whole. */
export interface Reassembler {
  take(message: WatchResponseMessage): Reassembled;
  /** The last revision that was delivered or advanced to. */
  last(): bigint;
  /** Fragments have arrived, but not the last one. */
  isCut(): boolean;
  /** Moves the resume point to this revision. True when it is later than before. */
  advance(revision: string): boolean;
}

/**
 * Keeps fragments until the last one has arrived: a revision is delivered whole or not at all. Leaves out events up to the
 * revision `known`.
 */
export function createReassembler(known: string): Reassembler {
  let last = BigInt(known);
  let fragments: EntryEvent[] = [];
  let size = 0;
  let revision: string | undefined;
  let isCut = false;

  /** Keeps texts, not bytes: a slice of the bytes would keep the whole message in memory. */
  function keep(events: readonly Event[]): void {
    for (const event of events) {
      if (BigInt(event.kv.mod_revision) <= last) continue;
      const made = eventOf(event);
      size += eventSize(made);
      fragments.push(made);
      revision = event.kv.mod_revision;
    }
  }

  function complete(): Reassembled {
    const [events, upTo] = [fragments, revision];
    fragments = [];
    size = 0;
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
        keep(message.events);
        return { kind: size > MAX_BUFFERED_BYTES ? 'too-much' : 'nothing' };
      }
      if (message.created) return { kind: 'nothing' };
      if (message.events.length > 0) {
        keep(message.events);
        return complete();
      }
      return isCut ? { kind: 'nothing' } : { kind: 'progress', revision: message.header.revision };
    },
    last: () => last,
    isCut: () => isCut,
    advance(revision) {
      const isLater = BigInt(revision) > last;
      if (isLater) last = BigInt(revision);
      return isLater;
    },
  };
}

function eventOf({ type, kv }: Event): EntryEvent {
  return type === 'Put' ? { type: 'put', entry: entryOf(kv) } : { type: 'delete', key: textOf(kv.key) };
}

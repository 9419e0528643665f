import type { Entry, EntryEvent } from '../../model/entry.js';
import type { SourceSink } from '../../ports.js';
import type { Listing } from './list.js';
import type { StoreMoment } from '../protocol/translate.js';

/**
 * What was delivered of a prefix: a fingerprint of each key, and the moment up to which it is complete. The moment's
 * revision is the resume point; it moves with what was applied, never with what a header says of the store's present.
 */
export interface Replica {
  /** Undefined before the first list, and after `forget`. */
  readonly moment: StoreMoment | undefined;
  /** Changes with every list. */
  readonly generation: number;
  /** Delivers a list, or only its revision when its content is what was delivered already. */
  replace(listing: Listing): void;
  apply(events: readonly EntryEvent[], revision: string): void;
  /** Nothing happened up to this revision. */
  advance(revision: string): void;
  /** The store's raft term, as the server confirmed the watch. */
  confirm(raftTerm: string): void;
  /** The next thing must be a list. What was delivered stays known. */
  forget(): void;
  /** The keys that change from now on, until it is stopped. */
  record(): { readonly touched: ReadonlySet<string>; stop(): void };
  /** Keys that the listing and what was delivered disagree on, `except` these. */
  differences(listing: Listing, except: ReadonlySet<string>): string[];
}

export function createReplica(sink: SourceSink): Replica {
  let prints = new Map<string, number>();
  let moment: StoreMoment | undefined;
  let delivered: StoreMoment | undefined;
  let generation = 0;
  const recordings = new Set<Set<string>>();

  function at(revision: string): void {
    if (moment !== undefined) delivered = moment = { ...moment, revision };
  }

  return {
    get moment() {
      return moment;
    },
    get generation() {
      return generation;
    },
    replace({ entries, ...listed }) {
      const next = new Map<string, number>();
      for (const entry of entries) next.set(entry.key, fingerprint(entry));
      const { revision, clusterId } = listed;
      const continues =
        delivered?.clusterId === clusterId && BigInt(delivered.revision) <= BigInt(revision) && areEqual(prints, next);
      prints = next;
      delivered = moment = listed;
      generation += 1;
      sink.batch(continues ? { kind: 'change', revision, events: [] } : { kind: 'sync', revision, clusterId, entries });
    },
    apply(events, revision) {
      for (const event of events) {
        const key = event.type === 'put' ? event.entry.key : event.key;
        if (event.type === 'put') prints.set(key, fingerprint(event.entry));
        else prints.delete(key);
        for (const recording of recordings) recording.add(key);
      }
      at(revision);
      sink.batch({ kind: 'change', revision, events });
    },
    advance: at,
    confirm(raftTerm) {
      if (moment !== undefined) moment = { ...moment, raftTerm };
    },
    forget() {
      moment = undefined;
    },
    record() {
      const touched = new Set<string>();
      recordings.add(touched);
      return { touched, stop: () => void recordings.delete(touched) };
    },
    differences({ entries }, except) {
      const unseen = new Set(prints.keys());
      const different: string[] = [];
      for (const entry of entries) {
        unseen.delete(entry.key);
        if (prints.get(entry.key) !== fingerprint(entry)) different.push(entry.key);
      }
      return [...different, ...unseen].filter((key) => !except.has(key));
    },
  };
}

function areEqual(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, print] of right) if (left.get(key) !== print) return false;
  return true;
}

/**
 * 53 bits over everything but the key. The value is in it because a restored store can repeat revisions with other
 * values.
 */
function fingerprint({ value, lease, createRevision, modRevision }: Entry): number {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  // Text by text: joined to one, it would have to be copied first.
  for (const text of [createRevision, modRevision, lease, value]) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul(high ^ unit, 0x01000193);
      low = Math.imul(low ^ unit, 0x5bd1e995);
      low ^= low >>> 15;
    }
    high = Math.imul(high ^ 0x20, 0x01000193);
    low = Math.imul(low ^ 0x20, 0x5bd1e995);
  }
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

import type { Entry, EntryEvent } from '../../model/entry.js';
import type { SourceSink } from '../../ports/source.js';
import type { Listing, PageSink } from './list.js';
import type { StoreMoment } from '../protocol/translate.js';

/**
 * A record of what was delivered: a fingerprint of each key, and the moment up to which it is complete. The revision of the
 * moment is the resume point. It follows the applied events, never the current revision in a header.
 */
export interface Replica {
  /** Undefined before the first list, and after `forget`. */
  readonly moment: StoreMoment | undefined;
  /** Changes with every list. */
  readonly generation: number;
  /** Delivers a list, or only its revision when the list equals what was already delivered. */
  replace(listing: Listing): void;
  apply(events: readonly EntryEvent[], revision: string): void;
  /** Records that there were no changes up to this revision. */
  advance(revision: string): void;
  /** Records the raft term with which the server confirmed the watch. */
  confirm(raftTerm: string): void;
  /**
   * Requires a list next. The fingerprints of what was delivered are kept.
   *
   * @param whole deliver that list whole, even when it equals what was delivered
   */
  forget(whole?: boolean): void;
  /** Begins a comparison of a list that is read from now on with what was delivered. */
  compare(): Comparison;
}

/** Compares a list page by page. A comparison keeps no entries, so a list of any length needs the memory of a few pages. */
export interface Comparison extends PageSink {
  /** The keys that differ, without those that changed since `compare`: for these, the list may be older or newer than the watch. */
  differences(): string[];
  /** Ends the comparison. The caller must call this, also after an error. */
  stop(): void;
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
    forget(whole = false) {
      moment = undefined;
      if (whole) delivered = undefined;
    },
    compare() {
      const touched = new Set<string>();
      recordings.add(touched);
      let unseen = new Set<string>();
      let different: string[] = [];
      return {
        begin() {
          unseen = new Set(prints.keys());
          different = [];
        },
        page(entries) {
          for (const entry of entries) {
            unseen.delete(entry.key);
            if (prints.get(entry.key) !== fingerprint(entry)) different.push(entry.key);
          }
        },
        differences: () => [...different, ...unseen].filter((key) => !touched.has(key)),
        stop: () => void recordings.delete(touched),
      };
    },
  };
}

function areEqual(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, print] of right) if (left.get(key) !== print) return false;
  return true;
}

/**
 * A 53-bit hash over everything but the key. It covers the value because a restored store can reuse revisions for other
 * values.
 */
function fingerprint({ value, lease, createRevision, modRevision }: Entry): number {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  // Hash text by text: joining the texts first would copy them.
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

import type { Rejection } from '../model/format.js';
import type { Instance } from '../model/instance.js';
import { compareDecimal, compareSortKeys, compareText } from '../model/order.js';
import type { SortKey } from '../model/order.js';

/** A valid instance of a service, before duplicates are dropped. */
export interface Candidate extends SortKey {
  readonly kind: 'candidate';
  readonly instance: Instance;
  /** The revision that created its key, decimal int64. */
  readonly createRevision: string;
  /** Whether the source's `select` matches it. */
  readonly selected: boolean;
}

/** The candidates of a service without duplicates. */
export interface Deduplicated {
  readonly instances: readonly Instance[];
  readonly rejected: readonly Rejection[];
  /** The number of instances that `select` left out. */
  readonly filtered: number;
}

/** Compares by address, port and id. Several registrations, or parts of one, may be equal. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return compareSortKeys(a, b) || compareText(a.instance.id, b.instance.id);
}

/**
 * Keeps one instance per address and port. The registration whose key was created last wins: after a quick restart, the new key
 * exists beside the stale one until the stale lease expires, and rewriting a key must not change the winner. Then the smallest
 * key wins, then the smallest id, then the first in the registration. `select` applies afterwards, so an instance that it leaves
 * out may be the winner.
 *
 * @param candidates of one service, sorted; equal ones of one key are in the order of the registration
 */
export function dropDuplicates(candidates: readonly Candidate[]): Deduplicated {
  const instances: Instance[] = [];
  const rejected: Rejection[] = [];
  let filtered = 0;
  // The list is sorted, so duplicates are next to each other.
  for (let at = 0; at < candidates.length;) {
    let winner = candidates[at];
    if (winner === undefined) break;
    const end = endOfDuplicates(candidates, winner, at + 1);
    if (end - at > 1) {
      const [best = winner, ...losers] = candidates.slice(at, end).sort(prefer);
      winner = best;
      for (const loser of losers) rejected.push(reject(loser.instance, best.instance));
    }
    if (winner.selected) instances.push(winner.instance);
    else filtered++;
    at = end;
  }
  return { instances, rejected, filtered };
}

function endOfDuplicates(candidates: readonly Candidate[], { position, rank }: Candidate, from: number): number {
  let end = from;
  while (end < candidates.length && candidates[end]?.position === position && candidates[end]?.rank === rank) end++;
  return end;
}

function prefer(a: Candidate, b: Candidate): number {
  return (
    compareDecimal(b.createRevision, a.createRevision) ||
    compareText(a.instance.key, b.instance.key) ||
    compareText(a.instance.id, b.instance.id)
  );
}

function reject({ source, key }: Instance, winner: Instance): Rejection {
  const reason =
    key === winner.key
      ? 'this registration has the same address and port more than once; one of them counts'
      : `the registration ${JSON.stringify(winner.key)} has the same address and port`;
  return Object.freeze({ source, key, code: 'duplicate', reason });
}

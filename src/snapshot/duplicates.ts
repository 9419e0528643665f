import type { Rejection } from '../model/format.js';
import type { Instance } from '../model/instance.js';
import { compareDecimal, compareSortKeys, compareText } from '../model/order.js';
import type { SortKey } from '../model/order.js';

/** A valid instance of a service, before its neighbours are looked at. */
export interface Candidate extends SortKey {
  readonly kind: 'candidate';
  readonly instance: Instance;
  /** Decimal int64: when its key was created. */
  readonly createRevision: string;
  /** The source's `select` lets it through. */
  readonly selected: boolean;
}

/** What the candidates of a service come to. */
export interface Deduplicated {
  readonly instances: readonly Instance[];
  readonly rejected: readonly Rejection[];
  /** How many `select` left out. */
  readonly filtered: number;
}

/** By address, port, id. Several registrations, or parts of one, may be equal in that. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return compareSortKeys(a, b) || compareText(a.instance.id, b.instance.id);
}

/**
 * Keeps one instance per address and port. The newest registration wins, by the revision that created its key: after a
 * quick restart the new key stands beside the stale one until the stale one's lease ends, and rewriting a key must not
 * change the winner. Then the smallest key wins, then the smallest id, then what the registration names first. What
 * `select` leaves out goes afterwards: it may have won.
 *
 * @param candidates of one service, sorted; of equal ones of one key, what the registration names first comes first.
 */
export function dropDuplicates(candidates: readonly Candidate[]): Deduplicated {
  const instances: Instance[] = [];
  const rejected: Rejection[] = [];
  let filtered = 0;
  // Sorted, rivals are neighbours.
  for (let at = 0; at < candidates.length;) {
    let winner = candidates[at];
    if (winner === undefined) break;
    const end = endOfRivals(candidates, winner, at + 1);
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

function endOfRivals(candidates: readonly Candidate[], { position: position, rank }: Candidate, from: number): number {
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

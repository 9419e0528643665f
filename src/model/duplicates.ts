import type { Rejection } from './format.js';
import type { Instance } from './instance.js';
import { compareDecimal, compareText } from './order.js';

/** A valid instance of a service, before its neighbours are looked at. */
export interface Candidate {
  readonly instance: Instance;
  /** `rankInstance` of it. */
  readonly rank: string;
  /** Decimal int64: when its key was created. */
  readonly createRevision: string;
}

/**
 * Sorts the candidates of one service (in place) and keeps one instance per address and port. The newest registration
 * wins, by the revision that created its key: after a quick restart the new key stands beside the stale one until the
 * stale one's lease ends, and rewriting a key must not change the winner. Then the smallest key wins, then the smallest
 * id, then what the registration names first.
 */
export function dropDuplicates(candidates: Candidate[]): {
  readonly instances: Instance[];
  readonly rejected: readonly Rejection[];
} {
  candidates.sort((a, b) => compareText(a.rank, b.rank));
  const instances: Instance[] = [];
  const rejected: Rejection[] = [];
  let rivals: Candidate[] = [];
  const settle = (): void => {
    if (rivals.length > 1) rivals.sort(prefer);
    const [winner, ...losers] = rivals;
    if (winner === undefined) return;
    instances.push(winner.instance);
    for (const loser of losers) rejected.push(reject(loser.instance, winner.instance));
  };
  // Sorted by rank, rivals are neighbours.
  for (const candidate of candidates) {
    const [rival] = rivals;
    if (rival?.instance.port === candidate.instance.port && rival.instance.address === candidate.instance.address)
      rivals.push(candidate);
    else {
      settle();
      rivals = [candidate];
    }
  }
  settle();
  return { instances, rejected };
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

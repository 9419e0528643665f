import { compareCandidates, dropDuplicates } from './duplicates.js';
import type { Candidate, Deduplicated } from './duplicates.js';
import type { Rejection } from '../model/format.js';
import type { Service } from '../model/instance.js';
import { sameItems, sameRejection } from '../model/same.js';

/** What the candidates of one service come to. */
export interface AssembledService {
  /** Absent when no instance is left: a service in a snapshot is never empty. */
  readonly service: Service | undefined;
  readonly rejected: readonly Rejection[];
  /** How many instances `select` left out. */
  readonly filtered: number;
}

export const noInstances: AssembledService = Object.freeze({
  service: undefined,
  rejected: Object.freeze([]),
  filtered: 0,
});

/** What changed of the candidates of one service. */
export interface CandidateDelta {
  readonly removed: Set<Candidate>;
  /** Of one key in the order of the registration. */
  readonly added: Candidate[];
}

/** Up to so many are looked for one by one; more go in one passage through all. */
const singleEditLimit = 16;

/** Takes the moves into a sorted list, in place or as a new one: the cost is that of moving pointers. */
export function applyDelta(sorted: Candidate[], { removed: gone, added: come }: CandidateDelta): Candidate[] {
  if (gone.size + come.length > singleEditLimit) return mergeSorted(sorted, gone, come.sort(compareCandidates));
  for (const candidate of gone) {
    let at = lowerBound(sorted, (other) => compareCandidates(other, candidate) < 0);
    while (at < sorted.length && sorted[at] !== candidate) at++;
    sorted.splice(at, 1);
  }
  for (const candidate of come)
    sorted.splice(
      lowerBound(sorted, (other) => compareCandidates(other, candidate) <= 0),
      0,
      candidate,
    );
  return sorted;
}

function mergeSorted(ordered: readonly Candidate[], gone: ReadonlySet<Candidate>, come: readonly Candidate[]) {
  const merged: Candidate[] = [];
  let next = 0;
  for (const candidate of ordered) {
    if (gone.has(candidate)) continue;
    for (let fresh = come[next]; fresh && compareCandidates(fresh, candidate) < 0; fresh = come[++next])
      merged.push(fresh);
    merged.push(candidate);
  }
  return merged.concat(come.slice(next));
}

/** The first place of which `isBefore` is false. */
function lowerBound(ordered: readonly Candidate[], isBefore: (candidate: Candidate) => boolean): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = ordered[middle];
    if (candidate !== undefined && isBefore(candidate)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What sorted candidates come to; what equals `before` is the same object as before. */
export function assembleService(
  name: string,
  ordered: readonly Candidate[],
  before: AssembledService | undefined,
  refused: readonly Rejection[] = [],
): AssembledService {
  const { instances, rejected, filtered } = dropDuplicates(ordered);
  return Object.freeze({
    service: nameService(name, instances, before?.service),
    rejected: keepEqual([...refused, ...rejected], before?.rejected ?? []),
    filtered,
  });
}

function nameService(
  name: string,
  instances: Deduplicated['instances'],
  before: Service | undefined,
): Service | undefined {
  if (instances.length === 0) return undefined;
  if (before !== undefined && sameItems(before.instances, instances)) return before;
  return Object.freeze({ name, instances: Object.freeze(instances), expected: false });
}

function keepEqual(rejected: readonly Rejection[], before: readonly Rejection[]): readonly Rejection[] {
  const same =
    rejected.length === before.length && rejected.every((rejection, index) => sameRejection(rejection, before[index]));
  return same ? before : rejected;
}

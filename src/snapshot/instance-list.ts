import { compareCandidates, dropDuplicates } from './duplicates.js';
import type { Candidate, Deduplicated } from './duplicates.js';
import type { Rejection } from '../model/format.js';
import type { Service } from '../model/instance.js';
import { sameItems, sameRejection } from '../model/same.js';

/** A service, assembled from its candidates. */
export interface AssembledService {
  /** Undefined when there is no instance: a service in a snapshot is never empty. */
  readonly service: Service | undefined;
  readonly rejected: readonly Rejection[];
  /** The number of instances that `select` left out. */
  readonly filtered: number;
}

export const noInstances: AssembledService = Object.freeze({
  service: undefined,
  rejected: Object.freeze([]),
  filtered: 0,
});

/** A change of the candidates of one service. */
export interface CandidateDelta {
  readonly removed: Set<Candidate>;
  /** Candidates of one key are in the order of the registration. */
  readonly added: Candidate[];
}

/** Up to this number, changes are applied one by one; more are merged in one pass over the list. */
const singleEditLimit = 16;

/** Applies a delta to a sorted list, in place or in a new list, and returns the list. */
export function applyDelta(sorted: Candidate[], { removed, added }: CandidateDelta): Candidate[] {
  if (removed.size + added.length > singleEditLimit) return mergeSorted(sorted, removed, added.sort(compareCandidates));
  for (const candidate of removed) {
    let at = lowerBound(sorted, (other) => compareCandidates(other, candidate) < 0);
    while (at < sorted.length && sorted[at] !== candidate) at++;
    sorted.splice(at, 1);
  }
  for (const candidate of added)
    sorted.splice(
      lowerBound(sorted, (other) => compareCandidates(other, candidate) <= 0),
      0,
      candidate,
    );
  return sorted;
}

function mergeSorted(sorted: readonly Candidate[], removed: ReadonlySet<Candidate>, added: readonly Candidate[]) {
  const merged: Candidate[] = [];
  let next = 0;
  for (const candidate of sorted) {
    if (removed.has(candidate)) continue;
    for (let fresh = added[next]; fresh && compareCandidates(fresh, candidate) < 0; fresh = added[++next])
      merged.push(fresh);
    merged.push(candidate);
  }
  return merged.concat(added.slice(next));
}

/** The first index for which `isBefore` is false. */
function lowerBound(sorted: readonly Candidate[], isBefore: (candidate: Candidate) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && isBefore(candidate)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Assembles a service from sorted candidates. Parts that equal `before` stay the same objects. */
export function assembleService(
  name: string,
  sorted: readonly Candidate[],
  before: AssembledService | undefined,
  refused: readonly Rejection[] = [],
): AssembledService {
  const { instances, rejected, filtered } = dropDuplicates(sorted);
  return Object.freeze({
    service: createService(name, instances, before?.service),
    rejected: keepEqual([...refused, ...rejected], before?.rejected ?? []),
    filtered,
  });
}

function createService(
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

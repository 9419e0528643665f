import { dropDuplicates } from './duplicates.js';
import type { Candidate, Deduplicated } from './duplicates.js';
import type { Rejection } from '../model/format.js';
import type { Service } from '../model/instance.js';
import { sameItems, sameRejection } from '../model/same.js';
import { reuseRejections } from './rejection-list.js';

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
  return same ? before : rejected.map(reuseRejections(before));
}

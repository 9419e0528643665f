import type { Rejection } from '../model/format.js';
import type { Instance, Service } from '../model/instance.js';
import type { Candidate } from './duplicates.js';

/** How much one source may bring. What is beyond a limit is rejected by name. */
export interface SourceLimits {
  /** Bytes of one value. */
  readonly valueBytes: number;
  /** Instances of one service. */
  readonly instances: number;
  /** Services of the source. */
  readonly services: number;
}

export const noLimits: SourceLimits = { valueBytes: Infinity, instances: Infinity, services: Infinity };

/** Whether the value has more bytes than `limit`. A character has at most 3 bytes for each of its UTF-16 units. */
export function isTooLarge(value: string, limit: number): boolean {
  if (value.length * 3 <= limit) return false;
  return value.length > limit || new TextEncoder().encode(value).length > limit;
}

/**
 * Keeps the instances whose keys were created first: a flood of new registrations cannot push out those that are there. What stays depends only
 * on the registrations, not on the order of their arrival.
 */
export function limitInstances(
  instances: readonly Instance[],
  candidates: readonly Candidate[],
  limit: number,
): { readonly instances: readonly Instance[]; readonly rejected: readonly Rejection[] } {
  if (instances.length <= limit) return { instances, rejected: [] };
  const created = new Map(candidates.map(({ instance, createRevision }) => [instance, Number(createRevision)]));
  const first = firstOf(
    instances.map((instance) => created.get(instance) ?? Infinity),
    limit,
  );
  const reason = `the service has more than ${limit} instances (\`limits.instances\` of the source), and those that registered first stay`;
  return {
    instances: instances.filter((_, at) => first[at]),
    rejected: instances.filter((_, at) => !first[at]).map((instance) => reject(instance, 'too-many-instances', reason)),
  };
}

/**
 * The services beyond the limit: those whose oldest registration is youngest.
 *
 * @param services all of the source that have an instance, and the revision of each one's oldest key
 */
export function findExcess(services: ReadonlyMap<string, number>, limit: number): ReadonlySet<string> {
  if (services.size <= limit) return new Set();
  const names = [...services.keys()].sort();
  const first = firstOf(
    names.map((name) => services.get(name) ?? Infinity),
    limit,
  );
  return new Set(names.filter((_, at) => !first[at]));
}

/** A service beyond the limit: all of its instances are rejected. */
export function rejectService(service: Service, limit: number): readonly Rejection[] {
  const reason = `the source has more than ${limit} services (\`limits.services\`), and those that registered first stay`;
  return service.instances.map((instance) => reject(instance, 'too-many-services', reason));
}

/** True for the `limit` smallest numbers; among equal ones, for those that come first. */
function firstOf(numbers: readonly number[], limit: number): readonly boolean[] {
  const last = Float64Array.from(numbers).sort()[limit - 1] ?? -Infinity;
  let equal = limit - numbers.reduce((count, each) => count + (each < last ? 1 : 0), 0);
  return numbers.map((each) => each < last || (each === last && equal-- > 0));
}

function reject({ source, key }: Instance, code: Rejection['code'], reason: string): Rejection {
  return Object.freeze({ source, key, code, reason });
}

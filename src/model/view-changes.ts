import { changesOfService, type InstanceChange } from './changes.js';
import type { Service } from './instance.js';
import { compareText } from './order.js';
import type { Pair } from './pair.js';
import type { View } from './view.js';

/** The changes of raw keys between two views. */
export interface PairChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly updated: readonly string[];
}

/**
 * The changes of instances from one view of a target to another: by service name, and within a service as `changesOfService`. Services
 * that are the same object are skipped, so the cost is the number of services plus the size of the others.
 */
export function changesOfViews({ services: before }: View, { services: after }: View): InstanceChange[] {
  if (before === after) return [];
  return inStep(before, after, ({ name }) => name).flatMap(([old, now]) =>
    changesOfService(instancesOf(old), instancesOf(now)),
  );
}

/** A service of two views that is not the same object in both. At least one of the two is there. */
export interface ServiceChange {
  readonly old: Service | undefined;
  readonly now: Service | undefined;
}

/** The services that came, went or changed, by name. The cost is one comparison of identity for each service. */
export function changedServicesOf({ services: before }: View, { services: after }: View): readonly ServiceChange[] {
  if (before === after) return [];
  return inStep(before, after, ({ name }) => name).map(([old, now]) => ({ old, now }));
}

/** The raw keys that differ between two views, each list sorted. */
export function changesOfPairs({ kv: { pairs: before } }: View, { kv: { pairs: after } }: View): PairChanges {
  const changes = { added: [] as string[], removed: [] as string[], updated: [] as string[] };
  if (before === after) return changes;
  for (const [old, now] of inStep(before, after, ({ key }) => key)) {
    if (old === undefined) changes.added.push(keyOf(now));
    else if (now === undefined) changes.removed.push(keyOf(old));
    else if (old.value !== now.value) changes.updated.push(keyOf(now));
  }
  return changes;
}

/** Walks two sorted lists side by side. @returns the items that are not the same object, with the item of the same name in the other list */
function inStep<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (item: T) => string,
): [T | undefined, T | undefined][] {
  const differing: [T | undefined, T | undefined][] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, now] = [before[left], after[right]];
    const order =
      old === now ? 0 : old === undefined ? 1 : now === undefined ? -1 : compareText(nameOf(old), nameOf(now));
    if (old !== now) differing.push([order <= 0 ? old : undefined, order >= 0 ? now : undefined]);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return differing;
}

function instancesOf(service: Service | undefined): Service['instances'] {
  return service?.instances ?? [];
}

function keyOf(pair: Pair | undefined): string {
  return pair?.key ?? '';
}

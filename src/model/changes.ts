import type { Instance, Service } from './instance.js';
import { sameInstance } from './same.js';
import type { Snapshot } from './snapshot.js';
import { changedKeys } from './sorted-map.js';

/** A registration whose content changed. */
export interface InstanceUpdate {
  readonly before: Instance;
  readonly instance: Instance;
  /** The fields that differ, in the order of `Instance`. Never empty. */
  readonly fields: readonly (keyof Instance)[];
}

/** The change of one instance between two snapshots. */
export type InstanceChange =
  { readonly type: 'added' | 'removed'; readonly instance: Instance } | ({ readonly type: 'updated' } & InstanceUpdate);

/**
 * The changes from one snapshot to another: by source, then by service name; within a service, first the removed instances, then
 * those updated or added, each in the order of the instances. Instances match by source, service and id. If one registration has
 * several addresses, those with the same address and port match first, so that one moved address is one update. The cost is that of
 * `changedKeys`, plus the size of the services that are not the same object as before.
 */
export function changesBetween(before: Snapshot, after: Snapshot): InstanceChange[] {
  const earlier = new Map(before.sources.map(({ source, services }) => [source, services]));
  const later = new Map(after.sources.map(({ source, services }) => [source, services]));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((source) =>
    changesOfServices(earlier.get(source) ?? new Map(), later.get(source) ?? new Map()),
  );
}

type Services = ReadonlyMap<string, Service>;

/** The changes of the services of one source, by name. */
export function changesOfServices(before: Services, after: Services): InstanceChange[] {
  return changedKeys(before, after).flatMap((name) =>
    changesOfService(before.get(name)?.instances ?? [], after.get(name)?.instances ?? []),
  );
}

/**
 * The changes of one service: first the removed instances, then those updated or added, each in the order of the instances. The cost is the
 * number of its instances.
 */
export function changesOfService(before: readonly Instance[], after: readonly Instance[]): InstanceChange[] {
  const left = without(before, after);
  const fresh = without(after, before);
  const partners = new Map<Instance, Instance>();
  // Match equal endpoints first: of several addresses of one registration, only a moved one is an update.
  for (const nameOf of [nameEndpoint, ({ id }: Instance) => id]) {
    const candidates = new Map<string, Instance[]>();
    // Reversed, so that `pop` takes the first one.
    for (const instance of [...left].reverse()) listIn(candidates, nameOf(instance)).push(instance);
    for (const instance of fresh) {
      const partner = partners.has(instance) ? undefined : candidates.get(nameOf(instance))?.pop();
      if (partner !== undefined && left.delete(partner)) partners.set(instance, partner);
    }
  }
  return [
    ...[...left].map((instance) => ({ type: 'removed' as const, instance })),
    ...[...fresh].flatMap((instance): InstanceChange[] => {
      const partner = partners.get(instance);
      if (partner === undefined) return [{ type: 'added', instance }];
      if (sameInstance(partner, instance)) return [];
      return [{ type: 'updated', before: partner, instance, fields: changedFields(partner, instance) }];
    }),
  ];
}

/** The instances of a list that are not in the other list, by identity. */
function without(list: readonly Instance[], other: readonly Instance[]): Set<Instance> {
  const known = new Set(other);
  return new Set(list.filter((instance) => !known.has(instance)));
}

function listIn(lists: Map<string, Instance[]>, name: string): Instance[] {
  const list = lists.get(name) ?? [];
  if (list.length === 0) lists.set(name, list);
  return list;
}

function nameEndpoint({ id, address, port }: Instance): string {
  return JSON.stringify([id, address, port]);
}

function changedFields(a: Instance, b: Instance): (keyof Instance)[] {
  return (Object.keys(b) as (keyof Instance)[]).filter(
    (field) => a[field] !== b[field] && show(a[field]) !== show(b[field]),
  );
}

function show(value: Instance[keyof Instance]): string {
  if (typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

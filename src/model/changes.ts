import type { Instance, Service } from './instance.js';
import { sameInstance } from './same.js';
import type { Snapshot } from './snapshot.js';

/** The same registration with other words. */
export interface InstanceUpdate {
  readonly before: Instance;
  readonly instance: Instance;
  /** What differs, in the order of the fields; never empty. */
  readonly fields: readonly (keyof Instance)[];
}

/** What became of one instance between two snapshots. */
export type InstanceChange =
  { readonly type: 'added' | 'removed'; readonly instance: Instance } | ({ readonly type: 'updated' } & InstanceUpdate);

/**
 * What turns one snapshot into another: by source, in the order of the services' names, and within a service what was removed
 * before what was updated or added, in the order of the instances. An instance is known again by source, service and id; one
 * registration with several addresses also by address and port, so that a move of one of them is an update. Costs no more than the
 * number of services plus the size of those that are other objects than before.
 */
export function changesBetween(before: Snapshot, after: Snapshot): InstanceChange[] {
  const earlier = new Map(before.sources.map(({ source, services }) => [source, services]));
  const later = new Map(after.sources.map(({ source, services }) => [source, services]));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((source) =>
    changesOfServices(earlier.get(source) ?? new Map(), later.get(source) ?? new Map()),
  );
}

type Services = ReadonlyMap<string, Service>;

/** The same for the services of one source, by their names. */
export function changesOfServices(before: Services, after: Services): InstanceChange[] {
  if (before === after) return [];
  const touched = [...after].flatMap(([name, service]) => (before.get(name) === service ? [] : [name]));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  return [...touched, ...gone]
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => changesOfService(before.get(name)?.instances ?? [], after.get(name)?.instances ?? []));
}

function changesOfService(before: readonly Instance[], after: readonly Instance[]): InstanceChange[] {
  const kept = new Set<Instance>(before);
  const left = new Map<string, Instance[]>();
  for (const instance of before) left.set(instance.id, [...(left.get(instance.id) ?? []), instance]);
  const partners = new Map<Instance, Instance>();
  // The same place first: of several addresses of one registration, only what moved is an update.
  for (const isPartner of [isSameEndpoint, () => true])
    for (const instance of after) {
      if (partners.has(instance)) continue;
      const candidates = left.get(instance.id) ?? [];
      const partner = candidates.find((candidate) => kept.has(candidate) && isPartner(candidate, instance));
      if (partner === undefined) continue;
      kept.delete(partner);
      partners.set(instance, partner);
    }
  return [
    ...[...kept].map((instance) => ({ type: 'removed' as const, instance })),
    ...after.flatMap((instance): InstanceChange[] => {
      const partner = partners.get(instance);
      if (partner === undefined) return [{ type: 'added', instance }];
      if (partner === instance || sameInstance(partner, instance)) return [];
      return [{ type: 'updated', before: partner, instance, fields: changedFields(partner, instance) }];
    }),
  ];
}

function isSameEndpoint(a: Instance, b: Instance): boolean {
  return a.address === b.address && a.port === b.port;
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

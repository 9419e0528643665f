import type { Service } from '../model/instance.js';
import { compareText } from '../model/order.js';
import type { View } from '../model/view.js';

/** A service to withhold. */
export interface Culprit {
  /** One sentence for people. */
  readonly reason: string;
  /** False: the search ended before the check was asked about this service alone. */
  readonly isProven: boolean;
}

/** The services whose new instances the consumer's check refuses, although it accepts the other services. */
export interface Withheld {
  /** By name: what etcd offers, undefined for a service that has gone, and why it is kept out. */
  readonly services: ReadonlyMap<string, { readonly offered: Service | undefined; readonly reason: string }>;
  /** Number of searches in a row that found some. */
  readonly attempts: number;
  /** Clock time at which all services are tried again. */
  readonly retryAt: number;
  /** The last view with the services withheld, and the view that it was made from. */
  readonly last: { readonly wanted: View; readonly view: View };
}

/** What a search that was not complete has shown about the services as they then were, beside these accepted ones. */
export interface UnfinishedSearch {
  readonly accepted: View | undefined;
  /** By name: a service that the check accepts, together with all others here. */
  readonly good: ReadonlyMap<string, Service | undefined>;
  /** By name: a service that it refuses, and its words. */
  readonly bad: ReadonlyMap<string, { readonly service: Service | undefined; readonly words: string }>;
  /** Services that it refuses together, beside the good ones, and its words. */
  readonly suspect: { readonly services: ReadonlyMap<string, Service | undefined>; readonly words: string } | undefined;
}

/** Names of the services that differ between two views: those that came, went or changed. Sorted. */
export function changedServices(before: View | undefined, after: View): string[] {
  const old = new Map(before?.services.map((service) => [service.name, service]));
  const changed = after.services.filter((service) => old.get(service.name) !== service).map(({ name }) => name);
  for (const { name } of after.services) old.delete(name);
  return [...changed, ...old.keys()].sort(compareText);
}

/**
 * The view in which the named services are as in `accepted`. A service that is not there is left out; an expected one stays, without
 * instances.
 */
export function withhold(view: View, accepted: View | undefined, names: ReadonlySet<string>): View {
  if (names.size === 0) return view;
  const kept = view.services.flatMap((service) => {
    if (!names.has(service.name)) return [service];
    return service.expected ? [Object.freeze({ ...service, instances: Object.freeze([]) })] : [];
  });
  const old = (accepted?.services ?? []).filter(({ name }) => names.has(name));
  const services = mergeByName(kept, old);
  return Object.freeze({ ...view, services: Object.freeze(services) });
}

/** One service for each name, sorted; those of `preferred` win. */
function mergeByName(services: readonly Service[], preferred: readonly Service[]): Service[] {
  const byName = new Map([...services, ...preferred].map((service) => [service.name, service]));
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}

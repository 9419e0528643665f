import type { Instance, Service } from '../../model/instance.js';
import type { Quarantine, View } from '../../model/view.js';
import { Failure } from './failure.js';

/** One rendering: its view, and what it rejected so far. */
export interface Run {
  readonly view: View;
  readonly rejected: readonly Quarantine[];
  readonly findService: (name: string) => Service | undefined;
  /** @see Call.holderOf */
  readonly holderOf: (name: string) => Service | undefined;
  /** The body's text; '' when it fails, and then the instance or service is rejected and the rendering goes on. */
  guard(culprit: Culprit, body: () => string): string;
}

export type Culprit = { readonly instance: Instance } | { readonly service: Service };

export function createRun(view: View): Run {
  const rejected = new Map<string, Quarantine>();
  let services: ReadonlyMap<string, Service> | undefined;
  let holders: ReadonlyMap<string, Service> | undefined;
  return {
    view,
    get rejected() {
      return [...rejected.values()];
    },
    findService(name) {
      services ??= new Map(view.services.map((service) => [service.name, service]));
      return services.get(name);
    },
    holderOf(name) {
      holders ??= findHolders(view.services);
      return holders.get(name.toLowerCase());
    },
    guard(culprit, body) {
      try {
        return body();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const quarantine = blame(culprit, error.sentence);
        const { service, instance } = quarantine;
        const key = JSON.stringify([service, instance?.id, instance?.key, instance?.address, instance?.port]);
        if (!rejected.has(key)) rejected.set(key, quarantine);
        return '';
      }
    },
  };
}

/**
 * By name in lower case: the expected one, which a proxy refers to by that name, else the one that is written in lower
 * case, else the first.
 */
function findHolders(services: readonly Service[]): ReadonlyMap<string, Service> {
  const claim = ({ name, expected }: Service): number => (expected ? 2 : 0) + (name === name.toLowerCase() ? 1 : 0);
  const holders = new Map<string, Service>();
  for (const service of services) {
    const key = service.name.toLowerCase();
    const holder = holders.get(key);
    if (holder === undefined || claim(service) > claim(holder)) holders.set(key, service);
  }
  return holders;
}

function blame(culprit: Culprit, reason: string): Quarantine {
  if ('service' in culprit) return { service: culprit.service.name, reason };
  const { service, id, key, address, port } = culprit.instance;
  return { service, instance: { id, key, address, port }, reason };
}

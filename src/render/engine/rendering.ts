import { findNameOwners } from '../../model/name-owners.js';
import type { Instance, Service } from '../../model/instance.js';
import { identifyQuarantine } from '../../model/quarantine.js';
import type { Quarantine, View } from '../../model/view.js';
import { Failure } from './failure.js';

/** One run of a template: its view, and the instances and services that it has rejected so far. */
export interface Rendering {
  readonly view: View;
  readonly rejected: readonly Quarantine[];
  /** Host names that are left out alone: the text is valid without them. */
  readonly omitted: readonly Quarantine[];
  /** Number of failures so far. A second failure of an item that is already rejected counts too. */
  readonly failures: number;
  /** The services and instances in whose bodies a failure occurred, also one that rejected an inner item. */
  readonly failedItems: Set<object>;
  /** Number of bodies that ran for a service or an instance so far. Bodies with a cached text do not run. */
  bodies: number;
  readonly findService: (name: string) => Service | undefined;
  /** @see Call.holderOf */
  readonly holderOf: (name: string) => Service | undefined;
  /** The body's text. When the body fails, rejects the instance or service and returns ''. @throws any error but a Failure. */
  guard(rejectable: Rejectable, body: () => string): string;
  omit(names: readonly Quarantine[]): void;
  /** Rejects the instance or service whose body threw. @throws the error itself unless it is a Failure. */
  reject(rejectable: Rejectable, error: unknown): void;
  /** Takes over the reasons of a second rendering of the same view, in which the same failures also name keys. */
  takeReasons(traced: Rendering): void;
  /** The failure that rejected an item. @param identity as `identifyQuarantine` gives it */
  failureOf(identity: string): Failure | undefined;
}

/** The item of a block that a failure in its body rejects. */
export type Rejectable = { readonly instance: Instance } | { readonly service: Service };

export function createRendering(view: View): Rendering {
  const rejected = new Map<string, { readonly rejectable: Rejectable; readonly failure: Failure }>();
  const failedItems = new Set<object>();
  const omitted = new Map<string, Quarantine>();
  let services: ReadonlyMap<string, Service> | undefined;
  let holders: ReadonlyMap<string, Service> | undefined;
  let failures = 0;
  const reject = (rejectable: Rejectable, error: unknown): void => {
    if (!(error instanceof Failure)) throw error;
    failures++;
    const identity = identifyQuarantine(toQuarantine(rejectable, ''));
    if (!rejected.has(identity)) rejected.set(identity, { rejectable, failure: error });
  };
  return {
    view,
    bodies: 0,
    failedItems,
    get failures() {
      return failures;
    },
    get rejected() {
      return [...rejected.values()].map(({ rejectable, failure }) => toQuarantine(rejectable, failure.sentence));
    },
    get omitted() {
      return [...omitted.values()];
    },
    omit(names) {
      for (const name of names) omitted.set(identifyQuarantine(name), name);
    },
    findService(name) {
      services ??= new Map(view.services.map((service) => [service.name, service]));
      return services.get(name);
    },
    holderOf(name) {
      holders ??= findNameOwners(view.services, (service) => service.name.toLowerCase());
      return holders.get(name.toLowerCase());
    },
    guard(rejectable, body) {
      const before = failures;
      try {
        return body();
      } catch (error) {
        reject(rejectable, error);
        return '';
      } finally {
        if (failures > before) failedItems.add('instance' in rejectable ? rejectable.instance : rejectable.service);
      }
    },
    reject,
    failureOf: (identity) => rejected.get(identity)?.failure,
    takeReasons(traced) {
      for (const [identity, { rejectable, failure }] of rejected) {
        const again = traced.failureOf(identity);
        if (again?.equals(failure) === true) rejected.set(identity, { rejectable, failure: again });
      }
    },
  };
}

function toQuarantine(rejectable: Rejectable, reason: string): Quarantine {
  if ('service' in rejectable) return { service: rejectable.service.name, reason };
  const { service, id, key, address, port } = rejectable.instance;
  return { service, instance: { id, key, address, port }, reason };
}

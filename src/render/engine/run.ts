import { findNameOwners } from '../../model/name-owners.js';
import type { Instance, Service } from '../../model/instance.js';
import { identifyQuarantine } from '../../model/quarantine.js';
import type { Quarantine, View } from '../../model/view.js';
import { Failure } from './failure.js';

/** One rendering: its view, and what it rejected so far. */
export interface Run {
  readonly view: View;
  readonly rejected: readonly Quarantine[];
  /** Number of failures so far, those of what was rejected before too. */
  readonly failures: number;
  /** Number of bodies that were run for a service or an instance so far: the others were kept. */
  bodies: number;
  readonly findService: (name: string) => Service | undefined;
  /** @see Call.holderOf */
  readonly holderOf: (name: string) => Service | undefined;
  /** The body's text; '' when it fails, and then the instance or service is rejected and the rendering goes on. */
  guard(culprit: Culprit, body: () => string): string;
  /** Rejects the instance or service whose body has thrown. @throws the error itself unless it is a Failure. */
  reject(culprit: Culprit, error: unknown): void;
}

export type Culprit = { readonly instance: Instance } | { readonly service: Service };

export function createRun(view: View): Run {
  const rejected = new Map<string, Quarantine>();
  let services: ReadonlyMap<string, Service> | undefined;
  let holders: ReadonlyMap<string, Service> | undefined;
  let failures = 0;
  const reject = (culprit: Culprit, error: unknown): void => {
    if (!(error instanceof Failure)) throw error;
    failures++;
    const quarantine = blame(culprit, error.sentence);
    const identity = identifyQuarantine(quarantine);
    if (!rejected.has(identity)) rejected.set(identity, quarantine);
  };
  return {
    view,
    bodies: 0,
    get failures() {
      return failures;
    },
    get rejected() {
      return [...rejected.values()];
    },
    findService(name) {
      services ??= new Map(view.services.map((service) => [service.name, service]));
      return services.get(name);
    },
    holderOf(name) {
      holders ??= findNameOwners(view.services, (service) => service.name.toLowerCase());
      return holders.get(name.toLowerCase());
    },
    guard(culprit, body) {
      try {
        return body();
      } catch (error) {
        reject(culprit, error);
        return '';
      }
    },
    reject,
  };
}

function blame(culprit: Culprit, reason: string): Quarantine {
  if ('service' in culprit) return { service: culprit.service.name, reason };
  const { service, id, key, address, port } = culprit.instance;
  return { service, instance: { id, key, address, port }, reason };
}

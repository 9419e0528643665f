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
  return new OneRendering(view);
}

interface Rejection {
  readonly rejectable: Rejectable;
  readonly failure: Failure;
}

/** What most renderings never need is made at its first use: a fan-out has one rendering for each file. */
class OneRendering implements Rendering {
  readonly view: View;
  failures = 0;
  bodies = 0;
  private failed: Set<object> | undefined;
  private rejections: Map<string, Rejection> | undefined;
  private omissions: Map<string, Quarantine> | undefined;
  private services: ReadonlyMap<string, Service> | undefined;
  private holders: ReadonlyMap<string, Service> | undefined;

  constructor(view: View) {
    this.view = view;
  }

  // Callers take these two out of the object.
  readonly findService = (name: string): Service | undefined => {
    this.services ??= new Map(this.view.services.map((service) => [service.name, service]));
    return this.services.get(name);
  };

  readonly holderOf = (name: string): Service | undefined => {
    this.holders ??= findNameOwners(this.view.services, (service) => service.name.toLowerCase());
    return this.holders.get(name.toLowerCase());
  };

  get failedItems(): Set<object> {
    return (this.failed ??= new Set());
  }

  get rejected(): readonly Quarantine[] {
    if (!this.rejections) return none;
    return [...this.rejections.values()].map(({ rejectable, failure }) => toQuarantine(rejectable, failure.sentence));
  }

  get omitted(): readonly Quarantine[] {
    return this.omissions ? [...this.omissions.values()] : none;
  }

  omit(names: readonly Quarantine[]): void {
    if (names.length === 0) return;
    this.omissions ??= new Map();
    for (const name of names) this.omissions.set(identifyQuarantine(name), name);
  }

  guard(rejectable: Rejectable, body: () => string): string {
    const before = this.failures;
    try {
      return body();
    } catch (error) {
      this.reject(rejectable, error);
      return '';
    } finally {
      if (this.failures > before)
        this.failedItems.add('instance' in rejectable ? rejectable.instance : rejectable.service);
    }
  }

  reject(rejectable: Rejectable, error: unknown): void {
    if (!(error instanceof Failure)) throw error;
    this.failures++;
    this.rejections ??= new Map();
    const identity = identifyQuarantine(toQuarantine(rejectable, ''));
    if (!this.rejections.has(identity)) this.rejections.set(identity, { rejectable, failure: error });
  }

  failureOf(identity: string): Failure | undefined {
    return this.rejections?.get(identity)?.failure;
  }

  takeReasons(traced: Rendering): void {
    for (const [identity, { rejectable, failure }] of this.rejections ?? []) {
      const again = traced.failureOf(identity);
      if (again?.equals(failure) === true) this.rejections?.set(identity, { rejectable, failure: again });
    }
  }
}

const none: readonly Quarantine[] = Object.freeze([]);

function toQuarantine(rejectable: Rejectable, reason: string): Quarantine {
  if ('service' in rejectable) return { service: rejectable.service.name, reason };
  const { service, id, key, address, port } = rejectable.instance;
  return { service, instance: { id, key, address, port }, reason };
}

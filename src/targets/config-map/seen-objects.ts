import { apiVersionOf } from '../../kubernetes/resource.js';
import type { OutputObject } from '../../ports/output.js';
import type { DesiredObject } from './desired-object.js';
import { fullName } from './name.js';
import type { ObjectKind } from './object-kind.js';
import type { ObservedObject } from './observed.js';

/** The target's own objects as they were last seen, also while the API server cannot be reached. */
export interface SeenObjects {
  /**
   * Takes over what was seen of these desired objects.
   *
   * @param isAll there are no other desired objects
   */
  see(
    desired: readonly DesiredObject[],
    namespace: string,
    found: ReadonlyMap<string, ObservedObject>,
    isAll: boolean,
  ): void;
  /** A change begins. */
  begin(): void;
  /** @param name full name @param object undefined: it was removed */
  wrote(name: string, object: ObservedObject | undefined): void;
  /** As `Target.objects`. */
  objects(): { readonly known: readonly OutputObject[]; readonly written: readonly OutputObject[] };
}

export function createSeenObjects({ resource }: ObjectKind): SeenObjects {
  const known = new Map<string, OutputObject>();
  const written = new Set<string>();
  const services = new Map<string, string>();

  function remember(full: string, { namespace, name, uid }: ObservedObject): void {
    const service = services.get(full);
    known.set(full, {
      ...{ apiVersion: apiVersionOf(resource), kind: resource.kind, namespace, name, uid },
      ...(service !== undefined && { service }),
    });
  }

  return {
    see(desired, namespace, found, isAll) {
      if (isAll) for (const map of [known, services]) map.clear();
      for (const { name, service } of desired) {
        const full = fullName({ namespace, name });
        if (service !== undefined) services.set(full, service);
        const object = found.get(full);
        if (object) remember(full, object);
      }
    },
    begin() {
      written.clear();
    },
    wrote(full, object) {
      if (object) {
        remember(full, object);
        written.add(full);
      } else known.delete(full);
    },
    objects: () => ({ known: [...known.values()], written: [...written].flatMap((full) => known.get(full) ?? []) }),
  };
}

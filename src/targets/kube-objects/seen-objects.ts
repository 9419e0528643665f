import { apiVersionOf, type Resource } from '../../kubernetes/resource.js';
import type { OutputObject } from '../../ports/output.js';
import { fullName } from './full-name.js';

/** The target's own objects as they were last seen, also while the API server cannot be reached. */
export interface SeenObjects {
  /**
   * Takes over what was seen of these desired objects.
   *
   * @param found by full name
   * @param isAll there are no other desired objects
   */
  see(
    desired: readonly { readonly name: string; readonly service?: string }[],
    namespace: string,
    found: ReadonlyMap<string, SeenObject>,
    isAll: boolean,
  ): void;
  /** A change begins. */
  begin(): void;
  /** @param name full name @param object undefined: it was removed */
  wrote(name: string, object: SeenObject | undefined): void;
  /** A part of the object that has this full name was written. Nothing happens when no such object was seen. */
  touched(name: string): void;
  /** As `Target.objects`. */
  objects(): { readonly known: readonly OutputObject[]; readonly written: readonly OutputObject[] };
}

interface SeenObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function createSeenObjects(resource: Resource): SeenObjects {
  const known = new Map<string, OutputObject>();
  const written = new Set<string>();
  const services = new Map<string, string>();

  function remember(full: string, { namespace, name, uid }: SeenObject): void {
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
    touched(full) {
      if (known.has(full)) written.add(full);
    },
    objects: () => ({ known: [...known.values()], written: [...written].flatMap((full) => known.get(full) ?? []) }),
  };
}

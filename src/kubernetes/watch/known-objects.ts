import { keyOf } from '../calls/read-object.js';
import type { ObjectList } from '../list.js';
import type { ObjectBatch, ObjectSink } from './batch.js';
import type { ObjectEvent } from './watch.js';

/** A record of what was delivered: the version of each object, and the resource version up to which everything is known. */
export interface KnownObjects {
  /** Undefined before the first list, and after `forget`. */
  readonly resourceVersion: string | undefined;
  /** Delivers a list, or only its resource version when it equals what was delivered. */
  replace(list: ObjectList): void;
  apply(events: readonly ObjectEvent[], resourceVersion: string): void;
  /** Records that there were no other changes up to this version. */
  advance(resourceVersion: string): void;
  /** Requires a list next. The versions of the objects are kept. */
  forget(): void;
}

export function createKnownObjects(sink: ObjectSink): KnownObjects {
  let isFirst = true;
  let current = new Map<string, string>();
  let resourceVersion: string | undefined;

  return {
    get resourceVersion() {
      return resourceVersion;
    },
    replace(list) {
      const next = new Map(list.objects.map((object) => [keyOf(object), versionOf(object.metadata)]));
      const isSame = !isFirst && areEqual(current, next);
      isFirst = false;
      current = next;
      resourceVersion = list.resourceVersion;
      const batch: ObjectBatch = isSame
        ? { kind: 'change', revision: resourceVersion, events: [] }
        : { kind: 'sync', revision: resourceVersion, objects: list.objects };
      sink.batch(batch);
    },
    apply(events, version) {
      for (const event of events) {
        if (event.type === 'put') current.set(event.key, versionOf(event.object.metadata));
        else current.delete(event.key);
      }
      resourceVersion = version;
      sink.batch({ kind: 'change', revision: version, events });
    },
    advance(version) {
      resourceVersion = version;
    },
    forget() {
      resourceVersion = undefined;
    },
  };
}

/** An object of the same name that was made anew has another uid. */
function versionOf({ uid, resourceVersion }: { readonly uid?: string; readonly resourceVersion?: string }): string {
  return `${uid ?? ''}/${resourceVersion ?? ''}`;
}

function areEqual(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, version] of right) if (left.get(key) !== version) return false;
  return true;
}

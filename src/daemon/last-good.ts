import { fieldsOf } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';

/** The last good snapshot as an earlier process left it. It says what each target was made from. */
export interface LastGood {
  /** Reads it at the first call. Undefined: there is none that can be read. */
  readonly read: () => Snapshot | undefined;
  /** This target does not need it any more. When none of the targets does, it is dropped, because it may be large. */
  readonly forget: (target: string, targets: Iterable<string>) => void;
}

export function createLastGood(load: () => Snapshot | undefined, log: Log): LastGood {
  const done = new Set<string>();
  let known: { readonly snapshot: Snapshot | undefined } | undefined;
  return {
    read() {
      known ??= { snapshot: tryLoad(load, log) };
      return known.snapshot;
    },
    forget(target, targets) {
      if (done.has(target)) return;
      done.add(target);
      if ([...targets].every((name) => done.has(name))) known = { snapshot: undefined };
    },
  };
}

function tryLoad(load: () => Snapshot | undefined, log: Log): Snapshot | undefined {
  try {
    return load();
  } catch (error) {
    log.error(fieldsOf(error), 'the last good snapshot cannot be read: the guard does not know what the targets had');
    return undefined;
  }
}

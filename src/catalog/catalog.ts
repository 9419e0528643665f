import { fieldsOf } from '../model/errors.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log } from '../ports/runtime.js';
import type { HeldSource } from './held-source.js';

export interface CatalogOptions {
  /**
   * Reads the last good snapshot from disk, as far as the current sources can use it. Called when etcd does not answer and no source
   * has been listed yet, and again when `use` changes the sources after that.
   */
  readonly restored: () => readonly SourceSnapshot[];
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Called with every new snapshot, the clock time of the event that caused it, and the name of the source that changed. Without a
   * name, any source may have changed.
   */
  readonly publish: (snapshot: Snapshot, at: number, source?: string) => void;
}

export interface Catalog {
  /**
   * Combines these sources from now on, in this order. A source that is the same object as before keeps its snapshot. Publishes at once
   * if the sources have changed.
   */
  use(sources: readonly HeldSource[]): void;
}

/** Combines the snapshots of all sources into one, and publishes it after every batch. */
export function createCatalog({ restored, clock, log, publish }: CatalogOptions): Catalog {
  let held: readonly HeldSource[] = [];
  let isRestored = false;

  const isListed = (): boolean => held.some(({ snapshot }) => snapshot !== undefined);

  function publishLive(at: number, source?: string): void {
    const sources = held.flatMap(({ snapshot }) => snapshot ?? []);
    const lists = new Map(held.flatMap(({ name, list }) => (list ? [[name, list] as const] : [])));
    publish({ sources, lists, stale: false }, at, source);
  }

  /** Empty when the last good snapshot cannot be read: the targets then wait for etcd. */
  function readRestored(): readonly SourceSnapshot[] {
    try {
      return restored();
    } catch (error) {
      log.error(fieldsOf(error), 'the last good snapshot cannot be read: nothing is applied before etcd answers');
      return [];
    }
  }

  function publishRestored(): void {
    if (isRestored || isListed()) return;
    isRestored = true;
    const sources = readRestored();
    if (sources.length === 0) return;
    log.warn({}, 'etcd does not answer: going on with the last good snapshot, which may be stale');
    publish({ sources, stale: true }, clock.now());
  }

  return {
    use(sources) {
      const before = held;
      held = sources;
      for (const source of sources)
        source.listen({
          changed(at) {
            if (!held.includes(source)) return;
            // etcd has answered, so the last good snapshot is not used any more.
            isRestored = false;
            publishLive(at, source.name);
          },
          waiting() {
            if (held.includes(source)) publishRestored();
          },
        });
      if (before.length === 0 || (before.length === held.length && before.every((one, at) => one === held[at]))) return;
      if (isListed() || !isRestored) publishLive(clock.now());
      else publish({ sources: readRestored(), stale: true }, clock.now());
    },
  };
}

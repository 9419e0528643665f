import { fieldsOf } from '../model/errors.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log } from '../ports.js';
import type { HeldSource } from './held-source.js';

export interface CatalogOptions {
  /**
   * Reads the last good snapshot from disk, as far as it holds for the sources of today. It is asked only when etcd does not answer
   * before any source was listed, and again after `use`.
   */
  readonly restored: () => readonly SourceSnapshot[];
  readonly clock: Clock;
  readonly log: Log;
  /** Takes every new snapshot, the clock time of what made it new, and the source that changed; without one, any may have changed. */
  readonly publish: (snapshot: Snapshot, at: number, source?: string) => void;
}

export interface Catalog {
  /**
   * Holds these sources from now on, in this order. One that is the same object keeps all that it holds. Publishes at once if the
   * snapshot is then another.
   */
  use(sources: readonly HeldSource[]): void;
}

/** Combines what all sources hold into one snapshot, published after every batch. */
export function createCatalog({ restored, clock, log, publish }: CatalogOptions): Catalog {
  let held: readonly HeldSource[] = [];
  let isRestored = false;

  const isListed = (): boolean => held.some(({ snapshot }) => snapshot !== undefined);

  function show(at: number, source?: string): void {
    publish({ sources: held.flatMap(({ snapshot }) => snapshot ?? []), stale: false }, at, source);
  }

  /** Without a last good snapshot the targets wait for etcd. */
  function readRestored(): readonly SourceSnapshot[] {
    try {
      return restored();
    } catch (error) {
      log.error(fieldsOf(error), 'the last good snapshot cannot be read: nothing is applied before etcd answers');
      return [];
    }
  }

  function beginRestored(): void {
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
            // etcd has answered: from now on the last good snapshot is of no use.
            isRestored = false;
            show(at, source.name);
          },
          waiting() {
            if (held.includes(source)) beginRestored();
          },
        });
      if (before.length === 0 || (before.length === held.length && before.every((one, at) => one === held[at]))) return;
      if (isListed() || !isRestored) show(clock.now());
      else publish({ sources: readRestored(), stale: true }, clock.now());
    },
  };
}

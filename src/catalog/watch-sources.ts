import { createCatalog } from './catalog.js';
import { createHeldSource, type CatalogSource } from './held-source.js';
import type { Etcd } from '../etcd/client.js';
import { createPrefixSource } from '../etcd/watch/source.js';
import type { Batch } from '../model/entry.js';
import type { Instance } from '../model/instance.js';
import { selectorOf } from '../model/key-prefix.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SourceState } from '../ports/source.js';
import { createCatalogSource, prefixOf, type KnownFormats, type SourceSettings } from './source.js';
import type { Runtime } from '../ports/runtime.js';

/** Whether the key of an instance has a lease now. Without one, the instance stays when its registrant dies. */
export type HasLease = (instance: Pick<Instance, 'source' | 'key'>) => boolean;

/** Callbacks for the reports of sources. None of them may throw. */
export interface SourceHandlers {
  /** After every batch, with the sources that have been listed by then. */
  publish(snapshot: Snapshot, hasLease: HasLease): void;
  /** The keys of a prefix cannot be read as configured. */
  unreadable(error: Error): void;
  state?(source: string, state: SourceState): void;
}

export interface WatchedSources {
  readonly etcd: Etcd;
  readonly sources: readonly SourceSettings[];
  /** Earlier decisions of `format: auto`. */
  readonly decisions: KnownFormats;
}

/**
 * Reads sources over one connection, as `run` does, for read-only uses: it writes nothing and uses no last good snapshot. Never rejects;
 * resolves when `signal` has aborted and every source has stopped.
 */
export async function watchSources(
  { etcd, sources, decisions }: WatchedSources,
  deps: Omit<Runtime, 'env'>,
  handlers: SourceHandlers,
  signal: AbortSignal,
): Promise<void> {
  const prefixes = sources.map((source) =>
    createPrefixSource(etcd, { name: source.name, keys: selectorOf(prefixOf(source)) }, deps),
  );
  const held = sources.map((source, index) => {
    const relist = (): void => prefixes[index]?.relist();
    return createHeldSource(reportingUnreadable(createCatalogSource(source, decisions, deps.log), handlers), {
      ...deps,
      relist,
    });
  });
  const byName = new Map(held.map((each) => [each.name, each]));
  const hasLease: HasLease = ({ source, key }) => byName.get(source)?.leaseless.has(key) !== true;
  const catalog = createCatalog({
    ...deps,
    restored: () => [],
    publish: (snapshot) => {
      handlers.publish(snapshot, hasLease);
    },
  });
  catalog.use(held);
  await Promise.all(
    prefixes.map((prefix, index) => {
      const { name } = prefix;
      const inner = held[index]?.sink;
      if (!inner) throw new TypeError(`source ${name} is not held`);
      const sink = {
        batch: (batch: Batch) => {
          inner.batch(batch);
        },
        state(next: SourceState) {
          inner.state(next);
          handlers.state?.(name, next);
        },
      };
      return prefix.run(sink, signal);
    }),
  );
}

/** The same source. When its keys cannot be read, it also calls `handlers.unreadable`. */
function reportingUnreadable(source: CatalogSource, handlers: SourceHandlers): CatalogSource {
  return {
    name: source.name,
    open(entries) {
      try {
        return source.open(entries);
      } catch (error) {
        if (error instanceof Error) handlers.unreadable(error);
        throw error;
      }
    },
  };
}

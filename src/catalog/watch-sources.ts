import { createCatalog } from './catalog.js';
import { createHeldSource, type CatalogSource } from './held-source.js';
import type { Etcd } from '../etcd/client.js';
import { createPrefixSource } from '../etcd/watch/source.js';
import type { Batch } from '../model/entry.js';
import { selectorOf } from '../model/key-prefix.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SourceState } from '../ports.js';
import { createCatalogSource, prefixOf, type KnownFormats, type SourceSettings } from './source.js';
import type { Runtime } from '../ports.js';

/** Who is told what sources say. None of these may throw. */
export interface SourceHandlers {
  /** After every batch, with the sources that have been listed by then. */
  publish(snapshot: Snapshot): void;
  /** What a prefix holds cannot be read as it is configured. */
  unreadable(error: Error): void;
  state?(source: string, state: SourceState): void;
}

export interface WatchedSources {
  readonly etcd: Etcd;
  readonly sources: readonly SourceSettings[];
  /** What `auto` has decided on before. */
  readonly decisions: KnownFormats;
}

/**
 * Reads sources over one connection, as `run` does, for those who only look: nothing is written anywhere, and no last good snapshot
 * is used. Never rejects; resolves when `signal` has aborted and nothing runs any more.
 */
export async function watchSources(
  { etcd, sources, decisions }: WatchedSources,
  deps: Omit<Runtime, 'env'>,
  handlers: SourceHandlers,
  signal: AbortSignal,
): Promise<void> {
  const held = sources.map((source) => {
    return createHeldSource(reportingUnreadable(createCatalogSource(source, decisions, deps.log), handlers), deps);
  });
  const catalog = createCatalog({
    ...deps,
    restored: () => [],
    publish: (snapshot) => {
      handlers.publish(snapshot);
    },
  });
  catalog.use(held);
  await Promise.all(
    sources.map((source, index) => {
      const { name } = source;
      const taking = held[index]?.sink;
      if (!taking) throw new TypeError(`source ${name} is not held`);
      const sink = {
        batch: (batch: Batch) => {
          taking.batch(batch);
        },
        state(next: SourceState) {
          taking.state(next);
          handlers.state?.(name, next);
        },
      };
      return createPrefixSource(etcd, { name, keys: selectorOf(prefixOf(source)) }, deps).run(sink, signal);
    }),
  );
}

/** The same source, which also tells the handlers that its keys cannot be read. */
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

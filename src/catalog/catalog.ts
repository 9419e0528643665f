import type { Batch, Entry, EntryEvent } from '../model/entry.js';
import { fieldsOf, messageOf, RollcallError } from '../model/errors.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log, SourceSink, SourceState } from '../ports.js';
import { reportRejections } from './log-rejections.js';

/** Folds batches of one source into snapshots, sharing what did not change. */
interface Folding {
  apply(batch: Batch): SourceSnapshot;
}

export interface CatalogSource {
  readonly name: string;
  /**
   * How this source is read, chosen from all its entries. `final: false`: they do not tell, ask again when they change.
   * @throws RollcallError when these entries are no registrations at all (somebody else's store)
   */
  open(entries: readonly Entry[]): { readonly folding: Folding; readonly final: boolean };
}

export interface CatalogOptions {
  /** In the order of the config. */
  readonly sources: readonly CatalogSource[];
  /** Reads the last good snapshot from disk. Called once, and only when etcd does not answer before any source has listed. */
  readonly restored: () => readonly SourceSnapshot[];
  readonly clock: Clock;
  readonly log: Log;
  /** Every new snapshot, the clock time of what made it new, and the source; without one when it is the restored one. */
  readonly publish: (snapshot: Snapshot, at: number, source?: string) => void;
}

export interface Catalog {
  /** Where the source of that name delivers. */
  sink(name: string): SourceSink;
  readonly states: ReadonlyMap<string, SourceState>;
}

/** Combines what all sources deliver into one snapshot, published after every batch. */
export function createCatalog(options: CatalogOptions): Catalog {
  const { clock, publish } = options;
  const live = new Map<string, SourceSnapshot>();
  const states = new Map<string, SourceState>();
  let restoredShown = false;

  function show(source: string, at: number): void {
    const sources = options.sources.flatMap(({ name }) => live.get(name) ?? []);
    publish({ sources, stale: false }, at, source);
  }

  /** Without it there is nothing to go on with; that must not end the waiting for etcd. */
  function readRestored(): readonly SourceSnapshot[] {
    try {
      return options.restored();
    } catch (error) {
      options.log.error(
        fieldsOf(error),
        'the last good snapshot cannot be read: nothing is applied before etcd answers',
      );
      return [];
    }
  }

  function showRestored(): void {
    if (restoredShown || live.size > 0) return;
    restoredShown = true;
    const sources = readRestored();
    if (sources.length === 0) return;
    options.log.warn({}, 'etcd does not answer: going on with the last good snapshot, which may be stale');
    publish({ sources, stale: true }, clock.now());
  }

  function sinkOf(source: CatalogSource): SourceSink {
    const { name } = source;
    const log = options.log.child({ source: name });
    let opened: ReturnType<CatalogSource['open']> | undefined;
    const complaints = new Set<string>();
    let refusal: string | undefined;
    /** The prefix as it stands, kept while it could not be told how to read it. */
    const unread = new Map<string, Entry>();

    function fold(batch: Batch): SourceSnapshot {
      if (opened?.final) return opened.folding.apply(batch);
      if (batch.kind === 'sync') unread.clear();
      for (const event of eventsOf(batch)) {
        if (event.type === 'put') unread.set(event.entry.key, event.entry);
        else unread.delete(event.key);
      }
      const entries = [...unread.values()];
      opened = source.open(entries);
      if (opened.final) unread.clear();
      const clusterId = batch.kind === 'sync' ? batch.clusterId : (live.get(name)?.clusterId ?? '');
      return opened.folding.apply({ kind: 'sync', revision: batch.revision, clusterId, entries });
    }

    return {
      batch(batch) {
        const at = clock.now();
        const before = live.get(name);
        let snapshot: SourceSnapshot;
        try {
          snapshot = fold(batch);
        } catch (error) {
          const why = messageOf(error);
          if (why !== refusal)
            log.error(fieldsOf(error), 'what this prefix holds cannot be read, its targets are left alone');
          refusal = why;
          return;
        }
        refusal = undefined;
        live.set(name, snapshot);
        if (batch.kind === 'sync') {
          const { format, revision, counts, services, rejected } = snapshot;
          const rest = {
            keys: counts.keys,
            services: services.size,
            pairs: snapshot.pairs.length,
            rejected: rejected.length,
          };
          log.info({ format, revision, ...rest }, 'listed');
        }
        reportRejections(log, snapshot, before);
        show(name, at);
      },
      state(state) {
        const before = states.get(name);
        states.set(name, state);
        if (state.kind === 'waiting') {
          // Told once per kind of cause until it is live again: every endpoint has words of its own for the same outage.
          const kind = state.error instanceof RollcallError ? state.error.code : state.error.message;
          const known = complaints.has(kind);
          complaints.add(kind);
          const fields = {
            endpoint: state.endpoint,
            ...fieldsOf(state.error),
            retryInMs: Math.round(state.retryInMs),
          };
          if (known) log.debug(fields, 'still waiting for etcd');
          else log.warn(fields, 'waiting for etcd');
          showRestored();
        } else if (state.kind === 'live') {
          complaints.clear();
          if (before?.kind !== 'live') log.info({ endpoint: state.endpoint }, 'watching');
        }
      },
    };
  }

  const sinks = new Map(options.sources.map((source) => [source.name, sinkOf(source)]));
  return {
    states,
    sink(name) {
      const sink = sinks.get(name);
      if (!sink) throw new Error(`no source named ${name}`);
      return sink;
    },
  };
}

function eventsOf(batch: Batch): readonly EntryEvent[] {
  return batch.kind === 'sync' ? batch.entries.map((entry) => ({ type: 'put', entry })) : batch.events;
}

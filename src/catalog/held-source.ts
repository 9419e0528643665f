import type { Batch, Entry, EntryEvent } from '../model/entry.js';
import { fieldsOf, messageOf, RollcallError } from '../model/errors.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log, SourceSink } from '../ports.js';
import { reportRejections } from './log-rejections.js';

/** Folds batches of one source into snapshots, sharing what did not change. */
interface Folding {
  apply(batch: Batch): SourceSnapshot;
}

export interface CatalogSource {
  readonly name: string;
  /**
   * How this source is read, chosen from all its entries. `final: false`: they do not tell, ask again when they change.
   * @throws RollcallError when these entries are no registrations at all (the store of another system)
   */
  open(entries: readonly Entry[]): { readonly folding: Folding; readonly final: boolean };
}

/** Called for one source. Neither function throws. */
export interface HeldSourceListener {
  /** The snapshot is new, because of an event at clock time `at`. */
  changed(at: number): void;
  /** etcd does not answer. */
  waiting(): void;
}

/** What one source holds now, and where its batches go. */
export interface HeldSource {
  readonly name: string;
  /** Undefined before the first complete list that could be read. */
  readonly snapshot: SourceSnapshot | undefined;
  readonly sink: SourceSink;
  /** Resolves when there is a snapshot. */
  readonly listed: Promise<void>;
  /** Only one at a time is told: the last one. */
  listen(listener: HeldSourceListener): void;
}

/** Folds what a source delivers, and logs what a person should know of it: lists, outages, rejected registrations. */
export function createHeldSource(
  source: CatalogSource,
  { clock, log: parent }: { readonly clock: Clock; readonly log: Log },
): HeldSource {
  const log = parent.child({ source: source.name });
  const reportState = createStateReport(log);
  const fold = createDetectingFold(source);
  let snapshot: SourceSnapshot | undefined;
  let refusal: string | undefined;
  let listener: HeldSourceListener | undefined;
  let listed = (): void => undefined;
  const whenListed = new Promise<void>((resolve) => (listed = resolve));

  function batch(taken: Batch): void {
    const at = clock.now();
    const before = snapshot;
    try {
      snapshot = fold(taken, before?.clusterId);
    } catch (error) {
      const why = messageOf(error);
      if (why !== refusal)
        log.error(fieldsOf(error), 'the keys of this prefix cannot be read; its targets are left as they are');
      refusal = why;
      return;
    }
    refusal = undefined;
    if (taken.kind === 'sync') log.info(describeList(snapshot), 'listed');
    reportRejections(log, snapshot, before);
    listed();
    listener?.changed(at);
  }

  return {
    name: source.name,
    get snapshot() {
      return snapshot;
    },
    listed: whenListed,
    listen(next) {
      listener = next;
    },
    sink: {
      batch,
      state(state) {
        reportState(state);
        if (state.kind === 'waiting') listener?.waiting();
      },
    },
  };
}

/** Folds by the source's format. Until the entries tell which one that is, it keeps them and asks again with each batch. */
function createDetectingFold(source: CatalogSource): (batch: Batch, clusterId?: string) => SourceSnapshot {
  let opened: ReturnType<CatalogSource['open']> | undefined;
  const undecided = new Map<string, Entry>();
  return (batch, clusterId = '') => {
    if (opened?.final) return opened.folding.apply(batch);
    if (batch.kind === 'sync') undecided.clear();
    for (const event of eventsOf(batch)) {
      if (event.type === 'put') undecided.set(event.entry.key, event.entry);
      else undecided.delete(event.key);
    }
    const entries = [...undecided.values()];
    opened = source.open(entries);
    if (opened.final) undecided.clear();
    const store = batch.kind === 'sync' ? batch.clusterId : clusterId;
    return opened.folding.apply({ kind: 'sync', revision: batch.revision, clusterId: store, entries });
  };
}

function eventsOf(batch: Batch): readonly EntryEvent[] {
  return batch.kind === 'sync' ? batch.entries.map((entry) => ({ type: 'put', entry })) : batch.events;
}

function describeList({ format, revision, counts, services, pairs, rejected }: SourceSnapshot): object {
  return {
    format,
    revision,
    keys: counts.keys,
    services: services.size,
    pairs: pairs.length,
    rejected: rejected.length,
  };
}

/** Logs each cause of an outage once until the source is live again: every endpoint has its own words for the same outage. */
function createStateReport(log: Log): SourceSink['state'] {
  const complaints = new Set<string>();
  let isLive = false;
  return (state) => {
    if (state.kind === 'waiting') {
      const cause = state.error instanceof RollcallError ? state.error.code : state.error.message;
      const fields = { endpoint: state.endpoint, ...fieldsOf(state.error), retryInMs: Math.round(state.retryInMs) };
      if (complaints.has(cause)) log.debug(fields, 'still waiting for etcd');
      else log.warn(fields, 'waiting for etcd');
      complaints.add(cause);
    } else if (state.kind === 'live') {
      complaints.clear();
      if (!isLive) log.info({ endpoint: state.endpoint }, 'watching');
    }
    isLive = state.kind === 'live';
  };
}

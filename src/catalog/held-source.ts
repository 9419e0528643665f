import type { Batch, Entry, EntryEvent } from '../model/entry.js';
import { formatDuration } from '../model/duration.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import { createOutage } from '../model/outage.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log, SourceSink } from '../ports.js';
import { reportRejections } from './log-rejections.js';
import { outageCause } from './staleness.js';

/** Folds batches of one source into snapshots. Unchanged services and instances stay the same objects. */
interface Folding {
  apply(batch: Batch): SourceSnapshot;
}

export interface CatalogSource {
  readonly name: string;
  /**
   * Chooses how to read this source, from all its entries. `final: false`: the entries do not decide it yet, so `open` is called again
   * when they change.
   *
   * @throws RollcallError when these entries are no registrations at all (the store of another system)
   */
  open(entries: readonly Entry[]): { readonly folding: Folding; readonly final: boolean };
}

/** Called for one source. Neither function throws. */
export interface HeldSourceListener {
  /** There is a new snapshot, because of an event at clock time `at`. */
  changed(at: number): void;
  /** etcd does not answer. */
  waiting(): void;
}

/** The latest snapshot of one source, and the sink for its batches. */
export interface HeldSource {
  readonly name: string;
  /** Undefined before the first complete list that could be read. */
  readonly snapshot: SourceSnapshot | undefined;
  readonly sink: SourceSink;
  /** Resolves when there is a snapshot. */
  readonly listed: Promise<void>;
  /** Replaces the listener: only the last one is called. */
  listen(listener: HeldSourceListener): void;
}

/** Folds the batches of a source, and logs its lists, outages and rejected registrations. */
export function createHeldSource(
  source: CatalogSource,
  { clock, log: parent }: { readonly clock: Clock; readonly log: Log },
): HeldSource {
  const log = parent.child({ source: source.name });
  const reportState = createStateReport(log, clock);
  const fold = createDetectingFold(source);
  let snapshot: SourceSnapshot | undefined;
  let refusal: string | undefined;
  let listener: HeldSourceListener | undefined;
  let listed = (): void => undefined;
  const whenListed = new Promise<void>((resolve) => (listed = resolve));

  function batch(received: Batch): void {
    const at = clock.now();
    const before = snapshot;
    try {
      snapshot = fold(received, before?.clusterId);
    } catch (error) {
      const why = messageOf(error);
      if (why !== refusal)
        log.error(fieldsOf(error), 'the keys of this prefix cannot be read; its targets are left as they are');
      refusal = why;
      return;
    }
    refusal = undefined;
    if (received.kind === 'sync') log.info(describeList(snapshot), 'listed');
    reportRejections(log, snapshot, before);
    const { filtered } = snapshot.counts;
    if (filtered !== (before?.counts.filtered ?? 0))
      log.info({ filtered }, `outside the select of this source: ${filtered}`);
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

/** Folds by the source's format. Until the entries decide the format, it keeps them and calls `open` again with each batch. */
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

/**
 * Logs each cause of an outage when it begins and then with growing gaps (`outageCause`, `createOutage`), and the end of the outage with its
 * length.
 */
function createStateReport(log: Log, clock: Pick<Clock, 'now'>): SourceSink['state'] {
  const outage = createOutage();
  let isLive = false;
  return (state) => {
    if (state.kind === 'waiting') {
      const mention = outage.fail(outageCause(state.error), clock.now());
      const fields = { endpoint: state.endpoint, ...fieldsOf(state.error), retryInMs: Math.round(state.retryInMs) };
      if (mention) log.warn({ ...fields, ...(mention.failures > 1 && mention) }, 'waiting for etcd');
      else log.debug(fields, 'still waiting for etcd');
    } else if (state.kind === 'live') {
      if (!isLive) log.info({ endpoint: state.endpoint }, 'watching');
      const ended = outage.end(clock.now());
      if (ended)
        log.info({ endpoint: state.endpoint, ...ended }, `etcd answers again after ${formatDuration(ended.outageMs)}`);
    }
    isLive = state.kind === 'live';
  };
}

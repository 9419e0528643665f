import type { Batch, Entry, EntryEvent } from '../model/entry.js';
import { formatDuration } from '../model/duration.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import { createOutage } from '../model/outage.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { Clock, Log } from '../ports/runtime.js';
import type { SourceSink, SourceState } from '../ports/source.js';
import { createLeaseReport } from './log-leases.js';
import { reportRejections } from './log-rejections.js';
import { outageCause } from './staleness.js';

/** Folds batches of one source into snapshots. Unchanged services and instances stay the same objects. */
interface Folding {
  apply(batch: Batch): SourceSnapshot;
  /** The keys of registrations without a lease after the last batch. Absent: they are not counted. */
  readonly leaseless?: ReadonlySet<string>;
}

export interface CatalogSource {
  readonly name: string;
  /**
   * Chooses how to read this source, from all its entries. `final: false`: the entries do not decide it yet, so `open` is called again
   * when they change.
   *
   * @throws RollcallError when these entries are no registrations at all (the store of another system)
   */
  open(entries: readonly Entry[]): OpenedSource;
}

/** One way to read a source. */
export interface OpenedSource {
  readonly folding: Folding;
  readonly final: boolean;
  /**
   * Looks at a new snapshot of `folding`. Returns a function that opens the source again when the snapshot shows that the source should be
   * read in another way. The new way starts with a `sync`, because the values of the keys are not kept.
   */
  reconsider?(snapshot: SourceSnapshot): (() => OpenedSource) | undefined;
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
  /** The list that `snapshot` goes back to, as in `Snapshot.lists`. Undefined while there is no snapshot. */
  readonly list: object | undefined;
  /** The keys of registrations without a lease in the latest snapshot. The set changes with the source. */
  readonly leaseless: ReadonlySet<string>;
  /** The state of the watch, and the wall-clock milliseconds since which it is of this kind. Undefined before the first. */
  readonly watch: { readonly state: SourceState; readonly since: number } | undefined;
  readonly sink: SourceSink;
  /** Resolves when there is a snapshot. */
  readonly listed: Promise<void>;
  /** Replaces the listener: only the last one is called. */
  listen(listener: HeldSourceListener): void;
}

export interface HeldSourceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for another `sync`, because the source should be read in another way. Default: wait for the next one. */
  readonly relist?: () => void;
}

/** Folds the batches of a source, and logs its lists, outages and rejected registrations. */
export function createHeldSource(
  source: CatalogSource,
  { clock, log: parent, relist = () => undefined }: HeldSourceDeps,
): HeldSource {
  const log = parent.child({ source: source.name });
  const reportState = createStateReport(log, clock);
  const reportLeases = createLeaseReport(log);
  const fold = createDetectingFold(source, relist);
  let snapshot: SourceSnapshot | undefined;
  let list: object | undefined;
  let refusal: string | undefined;
  let listener: HeldSourceListener | undefined;
  let watch: HeldSource['watch'];
  let listed = (): void => undefined;
  const whenListed = new Promise<void>((resolve) => (listed = resolve));

  function batch(received: Batch): void {
    const at = clock.now();
    const before = snapshot;
    try {
      snapshot = fold.apply(received, before?.clusterId);
    } catch (error) {
      const why = messageOf(error);
      if (why !== refusal)
        log.error(fieldsOf(error), 'the keys of this prefix cannot be read; its targets are left as they are');
      refusal = why;
      return;
    }
    refusal = undefined;
    if (received.kind === 'sync' || snapshot.format !== before?.format) list = Object.freeze({});
    if (received.kind === 'sync') log.info(describeList(snapshot), 'listed');
    reportRejections(log, snapshot, before);
    reportLeases(fold.leaseless);
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
    get list() {
      return list;
    },
    get leaseless() {
      return fold.leaseless;
    },
    get watch() {
      return watch;
    },
    listed: whenListed,
    listen(next) {
      listener = next;
    },
    sink: {
      batch,
      state(state) {
        reportState(state);
        watch = { state, since: watch?.state.kind === state.kind ? watch.since : clock.wall() };
        if (state.kind === 'waiting') listener?.waiting();
      },
    },
  };
}

interface DetectingFold {
  readonly leaseless: ReadonlySet<string>;
  /** @param clusterId that of the snapshot before */
  apply(batch: Batch, clusterId?: string): SourceSnapshot;
}

const none: ReadonlySet<string> = new Set();

/**
 * Folds by the source's format. Until the entries decide the format, it keeps them and calls `open` again with each batch. When a snapshot
 * shows that the format should be another one, the next list is read in that format.
 */
function createDetectingFold(source: CatalogSource, relist: () => void): DetectingFold {
  let opened: OpenedSource | undefined;
  const undecided = new Map<string, Entry>();

  const applyTo = (reading: OpenedSource, batch: Batch): SourceSnapshot => {
    const read = reading.folding.apply(batch);
    const reopen = reading.reconsider?.(read);
    if (reopen === undefined) return read;
    if (batch.kind === 'change') {
      relist();
      return read;
    }
    opened = reopen();
    const again = opened.folding.apply(batch);
    // The support of the new decision is recorded. One list never changes the decision twice.
    opened.reconsider?.(again);
    return again;
  };

  const apply = (batch: Batch, clusterId = ''): SourceSnapshot => {
    if (opened?.final) return applyTo(opened, batch);
    if (batch.kind === 'sync') undecided.clear();
    for (const event of eventsOf(batch)) {
      if (event.type === 'put') undecided.set(event.entry.key, event.entry);
      else undecided.delete(event.key);
    }
    const entries = [...undecided.values()];
    opened = source.open(entries);
    if (opened.final) undecided.clear();
    const store = batch.kind === 'sync' ? batch.clusterId : clusterId;
    return applyTo(opened, { kind: 'sync', revision: batch.revision, clusterId: store, entries });
  };

  return {
    apply,
    get leaseless() {
      return opened?.folding.leaseless ?? none;
    },
  };
}

function eventsOf(batch: Batch): readonly EntryEvent[] {
  return batch.kind === 'sync' ? batch.entries.map((entry) => ({ type: 'put', entry })) : batch.events;
}

function describeList({ format, revision, counts, services, pairs, rejected }: SourceSnapshot): object {
  return {
    // Without a key, no value was decoded: the format of the snapshot is only the default of `auto`.
    ...(counts.keys > 0 && { format }),
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

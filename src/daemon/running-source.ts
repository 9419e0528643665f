import { setMaxListeners } from 'node:events';
import { identifySource } from '../build/identity.js';
import { createHeldSource, type HeldSource } from '../catalog/held-source.js';
import { outageCause } from '../catalog/staleness.js';
import { createKeysReport } from '../catalog/report-keys.js';
import { createCatalogSource, prefixOf, type KnownFormats } from '../catalog/source.js';
import type { Config } from '../config/schema.js';
import type { Etcd } from '../etcd/client.js';
import { isRefusal } from '../etcd/failure.js';
import { createPrefixSource } from '../etcd/watch/source.js';
import { describeProblem } from '../model/describe-problem.js';
import type { RollcallError } from '../model/errors.js';
import type { SourceMeasures } from '../model/measures.js';
import type { RejectionCode } from '../model/format.js';
import { selectorOf } from '../model/key-prefix.js';
import type { Runtime } from '../ports/runtime.js';
import type { SourceSink, SourceState } from '../ports/source.js';
import type { WritableEventFeed } from './event-feed.js';

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const stopped = new Error('the source was stopped');

/** A source of the config, its connection and its latest snapshot. */
export interface RunningSource {
  readonly held: HeldSource;
  readonly etcd: Etcd;
  /** `identifySource` of its block. */
  readonly identity: string;
  /** What was counted since the source was created, and its rejected registrations. */
  measure(): SourceMeasures;
  /** Lists and watches until `stop` is called or `signal` aborts. A second call does nothing. */
  start(signal: AbortSignal): void;
  /** Resolves when the source has stopped. */
  stop(): Promise<void>;
}

export interface RunningSourceReports {
  /** Takes the refusals of etcd, which are then not logged as outages. */
  readonly onRefusal?: ((source: string, error: RollcallError) => void) | undefined;
  readonly events?: Pick<WritableEventFeed, 'emit'>;
}

export function createRunningSource(
  config: Config['sources'][number],
  etcd: Etcd,
  formats: KnownFormats,
  runtime: Runtime,
  { onRefusal, events }: RunningSourceReports = {},
): RunningSource {
  const held = createHeldSource(createCatalogSource(config, formats, runtime.log), {
    ...runtime,
    relist: () => {
      prefix.relist();
    },
  });
  const prefix = createPrefixSource(etcd, { name: config.name, keys: selectorOf(prefixOf(config)) }, runtime);
  const reportKeys = createKeysReport(runtime.log.child({ source: config.name }));
  let changes = 0;
  const sink: SourceSink = {
    ...held.sink,
    batch(batch) {
      if (batch.kind === 'change') changes += batch.events.length;
      held.sink.batch(batch);
      if (held.snapshot) reportKeys(held.snapshot, batch.kind === 'sync');
      if (held.snapshot && batch.kind === 'sync')
        events?.emit({ type: 'source-listed', source: config.name, revision: held.snapshot.revision });
    },
    state(state) {
      if (onRefusal && state.kind === 'waiting' && isRefusal(state.error)) onRefusal(config.name, state.error);
      else {
        const before = held.watch?.state;
        held.sink.state(state);
        emitState(config.name, state, before, events);
      }
    },
  };
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    held,
    etcd,
    identity: identifySource(config),
    measure: () => ({ lists: prefix.lists, changes, rejected: countRejections(held) }),
    start(signal) {
      if (running) return;
      const ends = AbortSignal.any([signal, stop.signal]);
      // The watch and its pauses add listeners. Their number is bounded, so Node.js must not warn of a leak.
      setMaxListeners(0, ends);
      running = prefix.run(sink, ends);
    },
    async stop() {
      stop.abort(stopped);
      await running;
    },
  };
}

function countRejections({ snapshot }: HeldSource): SourceMeasures['rejected'] {
  const counts = new Map<RejectionCode, number>();
  for (const { code } of snapshot?.rejected ?? []) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** One event for each cause of an outage, and one when the watch is alive again. */
function emitState(
  source: string,
  state: SourceState,
  before: SourceState | undefined,
  events: RunningSourceReports['events'],
): void {
  if (state.kind === 'live' && before?.kind !== 'live') events?.emit({ type: 'source-live', source });
  if (state.kind !== 'waiting') return;
  if (before?.kind === 'waiting' && outageCause(before.error) === outageCause(state.error)) return;
  events?.emit({ type: 'source-lost', source, problem: describeProblem(state.error) });
}

import { setMaxListeners } from 'node:events';
import { identifySource } from '../build/identity.js';
import { createHeldSource, type HeldSource } from '../catalog/held-source.js';
import { createKeysReport } from '../catalog/report-keys.js';
import { createCatalogSource, prefixOf, type KnownFormats } from '../catalog/source.js';
import type { Config } from '../config/schema.js';
import type { Etcd } from '../etcd/client.js';
import { isRefusal } from '../etcd/failure.js';
import { createPrefixSource } from '../etcd/watch/source.js';
import type { RollcallError } from '../model/errors.js';
import { selectorOf } from '../model/key-prefix.js';
import type { Runtime, SourceSink } from '../ports.js';

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const stopped = new Error('the source was stopped');

/** A source of the config, its connection and its latest snapshot. */
export interface RunningSource {
  readonly held: HeldSource;
  readonly etcd: Etcd;
  /** `identifySource` of its block. */
  readonly identity: string;
  /** Lists and watches until `stop` is called or `signal` aborts. A second call does nothing. */
  start(signal: AbortSignal): void;
  /** Resolves when the source has stopped. */
  stop(): Promise<void>;
}

/** @param onRefusal takes the refusals of etcd, which are then not logged as outages */
export function createRunningSource(
  config: Config['sources'][number],
  etcd: Etcd,
  formats: KnownFormats,
  runtime: Runtime,
  onRefusal?: (source: string, error: RollcallError) => void,
): RunningSource {
  const held = createHeldSource(createCatalogSource(config, formats, runtime.log), {
    ...runtime,
    relist: () => {
      prefix.relist();
    },
  });
  const prefix = createPrefixSource(etcd, { name: config.name, keys: selectorOf(prefixOf(config)) }, runtime);
  const reportKeys = createKeysReport(runtime.log.child({ source: config.name }));
  const sink: SourceSink = {
    ...held.sink,
    batch(batch) {
      held.sink.batch(batch);
      if (held.snapshot) reportKeys(held.snapshot, batch.kind === 'sync');
    },
    state(state) {
      if (onRefusal && state.kind === 'waiting' && isRefusal(state.error)) onRefusal(config.name, state.error);
      else held.sink.state(state);
    },
  };
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    held,
    etcd,
    identity: identifySource(config),
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

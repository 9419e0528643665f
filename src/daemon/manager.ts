import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { electionOf } from '../build/cluster-wide.js';
import type { Prepared } from '../build/prepare.js';
import { createCatalog } from '../catalog/catalog.js';
import { restoreSources } from '../catalog/source.js';
import { secretSourcesOf } from '../config/target-inputs.js';
import { createController } from '../controller/controller.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import type { Runtime } from '../ports/runtime.js';
import { createSnapshotWriter } from '../state/snapshot-writer.js';
import { openStore, type Store } from '../state/store.js';
import { createClusterPool, type ClusterPool } from './clusters.js';
import { createConfigHistory } from './config-history.js';
import { createConnectionPool, type ConnectionPool } from './connections.js';
import { createGenerationFactory, type Generation } from './generation.js';
import { createGuards } from './guards.js';
import { createLastGood } from './last-good.js';
import type { Manager, ManagerOptions } from './manager-api.js';
import { createMeasureBook } from './measure-book.js';
import { managedOf, ownsWhatItMakes, replaceGeneration } from './next-generation.js';
import { createOutputClaims, type OutputClaims } from './output-claims.js';
import { createProcessElection } from './process-election.js';
import { createProcessEvents } from './process-events.js';
import { forgetTargets } from './removed-targets.js';
import { forgetSecrets, withoutSecrets } from './snapshot-secrets.js';
import { createStatusReader } from './status-reader.js';
import type { TargetSet } from './target-set.js';

/** Milliseconds between two looks at outputs that should not have changed. */
const resyncInterval = 60_000;

/**
 * Opens the state directory and creates everything that the config names. Nothing runs before `run` is called.
 *
 * @throws RollcallError when the state directory cannot be used, or a connection's settings are invalid
 */
export async function openManager(
  prepared: Prepared,
  runtime: Runtime,
  options: ManagerOptions = {},
): Promise<Manager> {
  const { config } = prepared.loaded;
  const store = await openStore(config.stateDir, { log: runtime.log });
  const claims = createOutputClaims(resolve(config.stateDir), store.id, runtime.log);
  const connections = createConnectionPool(runtime);
  const clusters = createClusterPool(runtime);
  try {
    await claims.use(config);
    return await createManager(prepared, { store, claims, connections, clusters, runtime, options });
  } catch (error) {
    clusters.keep();
    await connections.keep(new Set());
    await claims.close();
    await store.close();
    throw error;
  }
}

interface ManagerDeps {
  readonly store: Store;
  readonly claims: OutputClaims;
  readonly connections: ConnectionPool;
  readonly clusters: ClusterPool;
  readonly runtime: Runtime;
  readonly options: ManagerOptions;
}

async function createManager(first: Prepared, deps: ManagerDeps): Promise<Manager> {
  const { store, claims, connections, clusters, runtime, options } = deps;
  const { clock, random, log } = runtime;
  const startedAt = clock.wall();
  const configs = createConfigHistory(clock, startedAt);
  const measureBook = createMeasureBook();
  const lastGood = createLastGood(() => store.snapshot.load(), log);
  /** The signal of `run`. No source is started before `run` is called. */
  let runSignal: AbortSignal | undefined;

  const events = createProcessEvents({
    runtime,
    current: () => current,
    clusterOf: (prepared) => factory.clusterOf(prepared),
  });
  const election = createProcessElection({
    ...{ connections, runtime },
    onChange({ state, epoch, reason }) {
      events.feed.emit(state === 'leader' ? { type: 'leader', epoch } : { type: 'standby', epoch, reason });
      controller.leaderChanged();
    },
  });
  const guards = createGuards(store, clock, {
    isSecret: (source) => secretSourcesOf(current.prepared.loaded.config).has(source),
    isSnapshotSaved: () => writer.isSaved,
    sharedOf(name) {
      const { config, kinds } = current.prepared.loaded;
      const target = config.targets.find((each) => each.name === name);
      const texts = target && electionOf(config, kinds, target) && election.texts();
      return texts && { texts, current: () => election.current() };
    },
  });
  const factory = createGenerationFactory({
    ...{ store, guards, connections, clusters, election, runtime, onStep: options.onStep },
    measuresOf: measureBook.of,
    lastGood: lastGood.read,
    reports: { onRefusal: options.onRefusal, events: events.feed },
  });

  const main = factory.openMain(first);
  const noTargets: TargetSet = new Map();
  await election.use(first, main, factory.clusterOf(first));
  let current: Generation = {
    ...{ prepared: first, main, sources: factory.createSources(first, main, []) },
    targets: await factory.createTargets(first, main, noTargets, noTargets),
  };
  const controller = createController(managedOf(current.targets), {
    ...{ clock, random, log, resyncInterval },
    ...(options.searchTime !== undefined && { searchTime: options.searchTime }),
    onOutcome(target, outcome) {
      if (ownsWhatItMakes.has(outcome.result)) lastGood.forget(target, current.targets.keys());
      events.outcome(target, outcome);
      options.onOutcome?.(target, outcome);
    },
  });
  const writer = createSnapshotWriter(
    async (snapshot) => {
      lastGood.read();
      const removeFinished = guards.finished();
      await store.snapshot.save(withoutSecrets(snapshot, current.prepared));
      await removeFinished();
    },
    clock,
    log,
    // A start compares etcd with this snapshot. What no guard has judged yet must still be in it.
    () => controller.judged(),
  );
  const catalog = createCatalog({
    ...{ clock, log },
    restored: () =>
      options.restore === false ? [] : restoreSources(store.snapshot.load(), current.prepared.loaded.config.sources),
    publish(snapshot, at, source) {
      controller.update(snapshot, at, source);
      // An incomplete one would replace what is saved of a source that has not been listed yet.
      if (!snapshot.stale && snapshot.sources.length === current.sources.length) writer.save(snapshot);
    },
  });
  catalog.use(current.sources.map(({ held }) => held));

  async function apply(prepared: Prepared, signal: AbortSignal): Promise<void> {
    const before = current;
    const { sources, targets } = await replaceGeneration(
      before,
      prepared,
      {
        ...{ factory, catalog, controller, claims, election, runtime, running: () => runSignal },
        onReplaced: (next) => (current = next),
      },
      signal,
    );
    const removed = [...before.targets.keys()].filter((name) => !targets.has(name));
    await forgetTargets({ store, guards }, removed, log);
    await forgetSecrets(store, prepared, log);
    await Promise.all(before.sources.filter((source) => !sources.includes(source)).map((source) => source.stop()));
    await factory.closeUnused(current);
    await claims.use(prepared.loaded.config);
    const names = new Set(targets.keys());
    events.keep(names);
    measureBook.keep(names);
    events.feed.emit({ type: 'config-applied', generation: configs.applied() });
  }

  const reader = createStatusReader({
    ...{ controller, configs, measureBook, events: events.feed, startedAt, election },
    current: () => ({ config: current.prepared.loaded, sources: current.sources, targets: current.targets.keys() }),
  });

  let applying: Promise<void> = Promise.resolve();
  return {
    ...reader,
    apply(prepared, signal) {
      const applied = apply(prepared, signal);
      applying = applied.catch(() => undefined);
      return applied;
    },
    retry(askedAt) {
      controller.retry(askedAt);
    },
    configRefused(error) {
      events.feed.emit({ type: 'config-refused', problem: configs.refused(error) });
    },
    async release(target, service) {
      const released = await controller.release(target, service);
      if (released !== undefined)
        events.feed.emit({ type: 'released', target, ...(service !== undefined && { service }) });
      return released;
    },
    resync(target) {
      if (!current.targets.has(target) || !controller.resync(target)) return false;
      events.feed.emit({ type: 'resync-asked', target });
      return true;
    },
    reloadsPending: () =>
      new Set(
        managedOf(current.targets)
          .filter(hasPendingReload)
          .map(({ name }) => name),
      ),
    async run(stop) {
      const lost = AbortSignal.any([store.lost, claims.lost]);
      const signal = AbortSignal.any([stop, lost]);
      // Every source, target and pause adds a listener, so the config decides their number. Node.js must not warn of a leak.
      setMaxListeners(0, signal);
      runSignal = signal;
      await forgetSecrets(store, current.prepared, log);
      for (const source of current.sources) source.start(signal);
      // The lease is released when no pass runs any more.
      const passesEnded = new AbortController();
      const elected = election.run(passesEnded.signal);
      try {
        await Promise.all([controller.run(signal), writer.run(signal)]);
      } finally {
        await applying;
        passesEnded.abort();
        await elected;
        await Promise.all(current.sources.map((source) => source.stop()));
        await events.close();
        await connections.keep(new Set());
        await claims.close();
        clusters.keep();
        await store.close();
      }
      if (!stop.aborted) lost.throwIfAborted();
    },
  };
}

/** False before the first change: there are no outputs yet that the consumer could have missed. */
function hasPendingReload({ reload, journal: { record } }: ManagedTarget): boolean {
  return reload !== undefined && record.reloadPending && record.step !== 'none';
}

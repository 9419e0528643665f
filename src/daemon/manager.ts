import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { identifySource } from '../build/identity.js';
import { electionOf } from '../build/cluster-wide.js';
import { otherConnection } from '../build/connection.js';
import type { Prepared } from '../build/prepare.js';
import { createCatalog } from '../catalog/catalog.js';
import { restoreSources } from '../catalog/source.js';
import { createController } from '../controller/controller.js';
import type { ManagedTarget, Outcome } from '../controller/managed-target.js';
import type { Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { RollcallError } from '../model/errors.js';
import type { Runtime } from '../ports/runtime.js';
import { createSnapshotWriter } from '../state/snapshot-writer.js';
import { openStore, type Store } from '../state/store.js';
import { createConfigHistory } from './config-history.js';
import { createGuards } from './guards.js';
import { createMeasureBook } from './measure-book.js';
import { createLastGood } from './last-good.js';
import { createClusterPool, type ClusterPool } from './clusters.js';
import type { Manager, ManagerOptions } from './manager-api.js';
import { createConnectionPool, type ConnectionPool } from './connections.js';
import { createEventFeed } from './event-feed.js';
import { forgetTargets } from './removed-targets.js';
import { handOver } from './hand-over.js';
import { createOutputClaims, type OutputClaims } from './output-claims.js';
import { createObjectEvents } from './object-events.js';
import { createProcessElection } from './process-election.js';
import { createOutcomeEvents } from './outcome-events.js';
import { secretSourcesOf } from '../config/target-inputs.js';
import { forgetSecrets, withoutSecrets } from './snapshot-secrets.js';
import { whenListed } from './make-before-break.js';
import { createRunningSource, type RunningSource } from './running-source.js';
import { createStatusReader } from './status-reader.js';
import { buildTargets, findUnchanged, type TargetSet } from './target-set.js';

/** Milliseconds between two looks at outputs that should not have changed. */
const resyncInterval = 60_000;

/** Results after which a target owns just what it makes. */
const inStep: ReadonlySet<string> = new Set<Outcome['result']>([
  'in-step',
  'changed',
  'reloaded',
  'updated',
  'throttled',
]);

/** The running parts of one config. */
interface Generation {
  readonly prepared: Prepared;
  readonly main: Etcd;
  readonly sources: readonly RunningSource[];
  readonly targets: TargetSet;
}

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
  const { clock, random, log, env } = runtime;
  const { onRefusal, onStep } = options;
  const startedAt = clock.wall();
  const events = createEventFeed(clock);
  const configs = createConfigHistory(clock, startedAt);
  const outcomeEvents = createOutcomeEvents();
  const objectEvents = createObjectEvents({
    runtime,
    cluster: () => (current.prepared.loaded.config.kubernetes.events ? clusterOf(current.prepared) : undefined),
  });
  const onOutcome: ManagerOptions['onOutcome'] = (target, outcome) => {
    for (const event of outcomeEvents.of(target, outcome)) events.emit(event);
    const built = current.targets.get(target);
    // The leader tells what happens to the objects.
    if (built && outcome.result !== 'standby') objectEvents.record(target, built.managed.target, outcome);
    options.onOutcome?.(target, outcome);
  };
  /** The signal of `run`. No source is started before `run` is called. */
  let runSignal: AbortSignal | undefined;

  const lastGood = createLastGood(() => store.snapshot.load(), log);
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
  const measureBook = createMeasureBook();
  const election = createProcessElection({
    ...{ connections, runtime },
    onChange({ state, epoch, reason }) {
      events.emit(state === 'leader' ? { type: 'leader', epoch } : { type: 'standby', epoch, reason });
      controller.leaderChanged();
    },
  });
  const clusterOf = ({ loaded }: Prepared) => clusters.open(loaded.config.kubernetes);
  const targetDeps = (prepared: Prepared, main: Etcd) => ({
    cluster: clusterOf(prepared),
    ...{ store, guards, measuresOf: measureBook.of, lastGood: lastGood.read, runtime, main, leader: election, onStep },
    connect: (block: Parameters<typeof otherConnection>[0]) => connections.open(otherConnection(block, env)),
  });
  const createSources = ({ loaded: { config } }: Prepared, main: Etcd, before: readonly RunningSource[]) =>
    config.sources.map((source) => {
      const same = before.find(({ etcd, identity }) => etcd === main && identity === identifySource(source));
      return same ?? createRunningSource(source, main, store.decisions, runtime, { onRefusal, events });
    });
  const openMain = ({ loaded: { config } }: Prepared) => connections.open(connectionFrom(config.etcd, env));

  const main = openMain(first);
  const noTargets: TargetSet = new Map();
  await election.use(first, main, clusterOf(first));
  let current: Generation = {
    ...{ prepared: first, main, sources: createSources(first, main, []) },
    targets: await buildTargets(first, noTargets, noTargets, targetDeps(first, main)),
  };
  const managed = (targets: TargetSet): ManagedTarget[] => [...targets.values()].map((built) => built.managed);
  const controller = createController(managed(current.targets), {
    ...{ clock, random, log, resyncInterval },
    ...(options.searchTime !== undefined && { searchTime: options.searchTime }),
    onOutcome(target, outcome) {
      if (inStep.has(outcome.result)) lastGood.forget(target, current.targets.keys());
      onOutcome(target, outcome);
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

  /** Closes the connections that are no longer used. */
  async function closeUnused({ prepared, main: used, targets }: Generation): Promise<void> {
    clusters.keep(clusterOf(prepared));
    await connections.keep(
      new Set([used, ...election.connections(), ...[...targets.values()].flatMap(({ others }) => [...others])]),
    );
  }

  /**
   * When an edit changes other targets, a target that is not in step is created again, too: it may still want to remove an output that another
   * target makes from now on.
   */
  function keepable({ loaded: { config } }: Prepared, unchanged: TargetSet): TargetSet {
    const isSameSet = unchanged.size === config.targets.length && unchanged.size === current.targets.size;
    if (isSameSet) return unchanged;
    return new Map([...unchanged].filter(([name]) => inStep.has(controller.outcomes.get(name)?.result ?? 'waiting')));
  }

  async function apply(prepared: Prepared, signal: AbortSignal): Promise<void> {
    refuseOtherStateDir(current.prepared, prepared);
    const before = current;
    const next = openMain(prepared);
    const sources = createSources(prepared, next, before.sources);
    const added = sources.filter((source) => !before.sources.includes(source));
    const start = (): void => {
      for (const source of added) if (runSignal) source.start(runSignal);
    };
    try {
      if (next !== before.main) {
        start();
        await whenListed(sources, { clock, log }, signal);
      }
      await claims.use(before.prepared.loaded.config, prepared.loaded.config);
      const kept = keepable(prepared, findUnchanged(prepared, before.targets, { runtime, main: next }));
      await controller.replace(new Set(kept.keys()), async () => {
        // The passes of cluster-wide targets have ended, if their election is another one.
        await election.use(prepared, next, clusterOf(prepared));
        const targets = await buildTargets(prepared, kept, before.targets, targetDeps(prepared, next));
        await handOver(before.targets, targets, log);
        current = { prepared, main: next, sources, targets };
        // Before the new targets start: none of them may be made from sources of the old config.
        catalog.use(sources.map(({ held }) => held));
        return managed(targets).filter(({ name }) => !kept.has(name));
      });
    } catch (error) {
      await Promise.all(added.map((source) => source.stop()));
      await election.use(before.prepared, before.main, clusterOf(before.prepared));
      await closeUnused(before);
      await claims.use(before.prepared.loaded.config);
      throw error;
    }
    start();
    const removed = [...before.targets.keys()].filter((name) => !current.targets.has(name));
    await forgetTargets({ store, guards }, removed, log);
    await forgetSecrets(store, prepared, log);
    await Promise.all(before.sources.filter((source) => !sources.includes(source)).map((source) => source.stop()));
    await closeUnused(current);
    await claims.use(prepared.loaded.config);
    outcomeEvents.keep(new Set(current.targets.keys()));
    measureBook.keep(new Set(current.targets.keys()));
    events.emit({ type: 'config-applied', generation: configs.applied() });
  }

  const reader = createStatusReader({
    ...{ controller, configs, measureBook, events, startedAt, election },
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
      events.emit({ type: 'config-refused', problem: configs.refused(error) });
    },
    async release(target, service) {
      const released = await controller.release(target, service);
      if (released !== undefined) events.emit({ type: 'released', target, ...(service !== undefined && { service }) });
      return released;
    },
    resync(target) {
      if (!current.targets.has(target) || !controller.resync(target)) return false;
      events.emit({ type: 'resync-asked', target });
      return true;
    },
    reloadsPending: () =>
      new Set(
        managed(current.targets)
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
        await objectEvents.close();
        await connections.keep(new Set());
        await claims.close();
        clusters.keep();
        await store.close();
      }
      if (!stop.aborted) lost.throwIfAborted();
    },
  };
}

/** A changed stateDir would mean moving the lock and all journals, which only a restart can do. */
function refuseOtherStateDir({ loaded: { config: old } }: Prepared, { loaded }: Prepared): void {
  const { stateDir } = loaded.config;
  if (resolve(stateDir) === resolve(old.stateDir)) return;
  throw new RollcallError(
    'RESTART_NEEDED',
    `stateDir is ${old.stateDir} while rollcall runs, and cannot become ${stateDir}`,
  );
}

/** False before the first change: there are no outputs yet that the consumer could have missed. */
function hasPendingReload({ reload, journal: { record } }: ManagedTarget): boolean {
  return reload !== undefined && record.reloadPending && record.step !== 'none';
}

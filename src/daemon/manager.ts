import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { identifySource } from '../build/identity.js';
import { otherConnection } from '../build/connection.js';
import type { Prepared } from '../build/prepare.js';
import { createCatalog } from '../catalog/catalog.js';
import { restoreSources } from '../catalog/source.js';
import { secretSourcesOf } from '../config/target-inputs.js';
import { createController } from '../controller/controller.js';
import type { ManagedTarget, Outcome } from '../controller/managed-target.js';
import type { Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Runtime } from '../ports.js';
import { createSnapshotWriter } from '../state/snapshot-writer.js';
import { openStore, type Store } from '../state/store.js';
import type { OnStep } from '../targets/transaction.js';
import { createConnectionPool, type ConnectionPool } from './connections.js';
import { handOver } from './hand-over.js';
import { whenListed } from './make-before-break.js';
import { createRunningSource, type RunningSource } from './running-source.js';
import { buildTargets, findUnchanged, type TargetSet } from './target-set.js';

/** How a config is run where that differs from `rollcall run`. */
export interface ManagerOptions {
  /** Called with the outcome of every pass. */
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
  /** False: without etcd, wait for it instead of going on with the last good snapshot. Default: true. */
  readonly restore?: boolean;
  /** Called with every named step of every target's transactions. For crash tests. */
  readonly onStep?: OnStep;
}

/**
 * What lives as long as the process: connections, sources with their watches, the catalog, the lock of the state directory, and what
 * is known of each target. A config is applied to it, and another one later.
 */
export interface Manager {
  /**
   * Takes up another config. What the config leaves as it is goes on undisturbed: a source keeps its watch, a target its journal,
   * pending reload, `minInterval` and delays. A changed etcd block connects and lists every source first; until that is done the old
   * config runs on. One call at a time.
   *
   * @param signal gives up waiting for the new connection
   * @throws RollcallError when the config cannot be taken up; the old one runs on. The signal's reason when that aborts.
   */
  apply(prepared: Prepared, signal: AbortSignal): Promise<void>;
  /** Tries again at once whatever failed or was refused, in every target, as an operator asks for. */
  retry(): void;
  /** The targets with a pending reload: their consumers have not acknowledged the last change. */
  reloadsPending(): ReadonlySet<string>;
  /** Resolves when `signal` has aborted, running steps have ended and everything is closed. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Milliseconds between two looks at outputs that should not have changed. */
const resyncInterval = 60_000;

/** Results after which a target owns just what it makes. */
const inStep: ReadonlySet<string> = new Set<Outcome['result']>(['in-step', 'changed', 'reloaded', 'throttled']);

/** What one config is made of. */
interface Generation {
  readonly prepared: Prepared;
  readonly main: Etcd;
  readonly sources: readonly RunningSource[];
  readonly targets: TargetSet;
}

/**
 * Opens the state directory and makes everything that the config names. Nothing runs before `run`.
 *
 * @throws RollcallError when the state directory cannot be used, or a connection's settings make no sense
 */
export async function openManager(
  prepared: Prepared,
  runtime: Runtime,
  options: ManagerOptions = {},
): Promise<Manager> {
  const store = await openStore(prepared.loaded.config.stateDir, { log: runtime.log });
  const connections = createConnectionPool(runtime);
  try {
    return await createManager(prepared, { store, connections, runtime, options });
  } catch (error) {
    await connections.keep(new Set());
    await store.close();
    throw error;
  }
}

interface ManagerDeps {
  readonly store: Store;
  readonly connections: ConnectionPool;
  readonly runtime: Runtime;
  readonly options: ManagerOptions;
}

async function createManager(first: Prepared, deps: ManagerDeps): Promise<Manager> {
  const { store, connections, runtime, options } = deps;
  const { clock, random, log, env } = runtime;
  const { onOutcome, onStep } = options;
  /** Until `run` is called, nothing is started. */
  let life: AbortSignal | undefined;

  const targetDeps = (main: Etcd) => ({
    ...{ store, runtime, main, onStep },
    connect: (block: Parameters<typeof otherConnection>[0]) => connections.open(otherConnection(block, env)),
  });
  const createSources = ({ loaded: { config } }: Prepared, main: Etcd, before: readonly RunningSource[]) =>
    config.sources.map((source) => {
      const same = before.find(({ etcd, identity }) => etcd === main && identity === identifySource(source));
      return same ?? createRunningSource(source, main, store.decisions, runtime);
    });
  const openMain = ({ loaded: { config } }: Prepared) => connections.open(connectionFrom(config.etcd, env));

  const main = openMain(first);
  const nothing: TargetSet = new Map();
  let current: Generation = {
    ...{ prepared: first, main, sources: createSources(first, main, []) },
    targets: await buildTargets(first, nothing, nothing, targetDeps(main)),
  };
  const managed = (targets: TargetSet): ManagedTarget[] => [...targets.values()].map((built) => built.managed);
  const controller = createController(managed(current.targets), {
    ...{ clock, random, log, resyncInterval },
    ...(onOutcome && { onOutcome }),
  });
  const writer = createSnapshotWriter(
    (snapshot) => store.snapshot.save(withoutSecrets(snapshot, current.prepared)),
    clock,
    log,
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

  /** Closes the connections that nothing uses any more. */
  const closeUnused = ({ main: used, targets }: Generation): Promise<void> =>
    connections.keep(new Set([used, ...[...targets.values()].flatMap(({ others }) => [...others])]));

  /**
   * When an edit changes other targets, a target that is not in step is made anew, too: it may still want to remove an output that another
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
      for (const source of added) if (life) source.start(life);
    };
    try {
      if (next !== before.main) {
        start();
        await whenListed(sources, { clock, log }, signal);
      }
      const kept = keepable(prepared, findUnchanged(prepared, before.targets, { runtime, main: next }));
      await controller.replace(new Set(kept.keys()), async () => {
        const targets = await buildTargets(prepared, kept, before.targets, targetDeps(next));
        await handOver(before.targets, targets, log);
        current = { prepared, main: next, sources, targets };
        // Before the new targets begin, so that none is made from sources of the old config.
        catalog.use(sources.map(({ held }) => held));
        return managed(targets).filter(({ name }) => !kept.has(name));
      });
    } catch (error) {
      await Promise.all(added.map((source) => source.stop()));
      await closeUnused(before);
      throw error;
    }
    start();
    await forgetSecrets(store, prepared);
    await Promise.all(before.sources.filter((source) => !sources.includes(source)).map((source) => source.stop()));
    await closeUnused(current);
  }

  let applying: Promise<void> = Promise.resolve();
  return {
    apply(prepared, signal) {
      const applied = apply(prepared, signal);
      applying = applied.catch(() => undefined);
      return applied;
    },
    retry() {
      controller.retry();
    },
    reloadsPending: () =>
      new Set(
        managed(current.targets)
          .filter(hasPendingReload)
          .map(({ name }) => name),
      ),
    async run(signal) {
      // Every source, target and pause listens to it: their number is a matter of the config.
      setMaxListeners(0, signal);
      life = signal;
      await forgetSecrets(store, current.prepared);
      for (const source of current.sources) source.start(signal);
      try {
        await Promise.all([controller.run(signal), writer.run(signal)]);
      } finally {
        await applying;
        await Promise.all(current.sources.map((source) => source.stop()));
        await connections.keep(new Set());
        await store.close();
      }
    },
  };
}

/** Nothing that outlives a transaction holds what is secret. So a target of a secret source does not start without etcd. */
function withoutSecrets(snapshot: Snapshot, { loaded }: Prepared): Snapshot {
  const secret = secretSourcesOf(loaded.config);
  if (secret.size === 0) return snapshot;
  return { ...snapshot, sources: snapshot.sources.filter(({ source }) => !secret.has(source)) };
}

/** Removes the sources that are secret now from the last good snapshot on disk. */
async function forgetSecrets(store: Store, prepared: Prepared): Promise<void> {
  if (secretSourcesOf(prepared.loaded.config).size === 0) return;
  const saved = store.snapshot.load();
  if (!saved) return;
  const kept = withoutSecrets(saved, prepared);
  if (kept.sources.length < saved.sources.length) await store.snapshot.save(kept);
}

/** What the directory holds would have to move too, and its lock: only a start can do that. */
function refuseOtherStateDir({ loaded: { config: old } }: Prepared, { loaded }: Prepared): void {
  const { stateDir } = loaded.config;
  if (resolve(stateDir) === resolve(old.stateDir)) return;
  throw new RollcallError(
    'RESTART_NEEDED',
    `stateDir is ${old.stateDir} while rollcall runs, and cannot become ${stateDir}`,
  );
}

/** Before anything was ever made, there is nothing that the consumer could lack. */
function hasPendingReload({ reload, journal: { record } }: ManagedTarget): boolean {
  return reload !== undefined && record.reloadPending && record.step !== 'none';
}

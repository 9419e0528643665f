import { setMaxListeners } from 'node:events';
import { createController, type Controller } from '../controller/controller.js';
import type { Outcome, ManagedTarget } from '../controller/managed-target.js';
import type { Config } from '../config/schema.js';
import { createCatalog } from '../catalog/catalog.js';
import { createEtcd, type Etcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { createPrefixSource } from '../etcd/watch/source.js';
import { selectorOf } from '../model/key-prefix.js';
import { openStore, type Store } from '../state/store.js';
import type { OnStep } from '../targets/transaction.js';
import { createSnapshotWriter } from '../state/snapshot-writer.js';
import { createParts } from '../build/targets.js';
import type { Prepared } from '../build/prepare.js';
import { createCatalogSource, prefixOf, restoreSources } from '../catalog/source.js';
import type { Runtime } from '../ports.js';

/** How a config is run, where that is not as usual. */
export interface AppOptions {
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
  /** False: without etcd, wait for it instead of going on with the last good snapshot. */
  readonly restore?: boolean;
  /**
   * By target, outputs of the config that this process ran before: a journal on disk may name as its own only these and what its
   * config can make.
   */
  readonly vouched?: ReadonlyMap<string, readonly string[]>;
  /** Told of every named step of every target's transactions. For crash tests. */
  readonly onStep?: OnStep;
}

/** One config, running. */
export interface App {
  /** By target, the outputs that it owns. */
  owned(): ReadonlyMap<string, readonly string[]>;
  /** The targets whose consumers have yet to acknowledge what was changed. */
  reloadsPending(): ReadonlySet<string>;
  /** Resolves when `signal` has aborted, running steps have ended and everything is closed. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/** How often outputs that should not have changed are looked at. */
const resyncInterval = 60_000;

/**
 * The parts of a config, assembled. The stateDir is held until `run` has ended.
 *
 * @throws RollcallError when the stateDir cannot be used, or a connection's settings make no sense
 */
export async function openApp(prepared: Prepared, runtime: Runtime, options: AppOptions = {}): Promise<App> {
  const { config } = prepared.loaded;
  const { log, env } = runtime;
  const etcd = createEtcd(connectionFrom(config.etcd, env), runtime);
  const store = await openStore(config.stateDir, { log });
  const connections = [etcd];
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.close();
    await store.close();
  };
  try {
    const { vouched, onStep } = options;
    const parts = await createParts({ prepared, store, main: etcd, connections, runtime, vouched, onStep });
    return assemble({ config, store, etcd, parts, close, runtime, options });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Assembly {
  readonly config: Config;
  readonly store: Store;
  readonly etcd: Etcd;
  readonly parts: readonly ManagedTarget[];
  readonly close: () => Promise<void>;
  readonly runtime: Runtime;
  readonly options: AppOptions;
}

function assemble({ config, store, etcd, parts, close, runtime, options }: Assembly): App {
  const { clock, random, log } = runtime;
  const { onOutcome } = options;
  const controller: Controller = createController(parts, {
    clock,
    random,
    log,
    resyncInterval,
    ...(onOutcome && { onOutcome }),
  });
  const keeper = createSnapshotWriter((snapshot) => store.snapshot.save(snapshot), clock, log);
  const catalog = createCatalog({
    sources: config.sources.map((source) => createCatalogSource(source, store.decisions, log)),
    restored: () => (options.restore === false ? [] : restoreSources(store.snapshot.load(), config.sources)),
    clock,
    log,
    publish(snapshot, at, source) {
      controller.update(snapshot, at, source);
      if (!snapshot.stale) keeper.save(snapshot);
    },
  });
  const sources = config.sources.map((source) =>
    createPrefixSource(etcd, { name: source.name, keys: selectorOf(prefixOf(source)) }, runtime),
  );

  return {
    owned: () => new Map(parts.map(({ name, journal }) => [name, journal.record.owned])),
    reloadsPending: () => new Set(parts.filter(hasPendingReload).map(({ name }) => name)),
    async run(signal) {
      // Every source, target and pause listens to it: how many is a matter of the config, not a leak.
      setMaxListeners(0, signal);
      try {
        const running = sources.map((source) => source.run(catalog.sink(source.name), signal));
        await Promise.all([controller.run(signal), keeper.run(signal), ...running]);
      } finally {
        await close();
      }
    },
  };
}

/** Before anything was ever made, there is nothing that the consumer could lack. */
function hasPendingReload({ reload, journal: { record } }: ManagedTarget): boolean {
  return reload !== undefined && record.reloadPending && record.step !== 'none';
}

import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { changesBetween, type InstanceChange } from '../model/changes.js';
import type { Snapshot } from '../model/snapshot.js';
import { createStalenessWatch } from '../catalog/staleness.js';
import type { HasLease } from '../catalog/watch-sources.js';
import { openSources } from './open.js';
import type { Runtime } from '../ports.js';

/** Callbacks of `watchCatalog`. None of them may throw. */
export interface CatalogWatcher {
  /** A new snapshot. `changes` lead from the previous snapshot to this one; the first previous one is empty. */
  changed(snapshot: Snapshot, changes: readonly InstanceChange[], hasLease: HasLease): void;
  /** Every source has been listed: the changes so far add up to the current state. Called once. */
  synced(snapshot: Snapshot): void;
  /** A source may be out of date since `since` (wall clock, milliseconds): etcd does not answer. Called again for another cause. */
  stale(source: string, since: number, error: Error): void;
  /** The source is up to date again. The changes in between have been reported. */
  live(source: string): void;
}

/**
 * Follows the sources of a config with the loop of `run`, until the signal aborts. After cuts, restarts and compaction it reports only the
 * differences to a fresh list.
 *
 * @throws RollcallError when a source cannot be read as configured
 */
export async function watchCatalog(
  config: Config,
  runtime: Runtime,
  watcher: CatalogWatcher,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const unreadable: Error[] = [];
  const watches = new Map(config.sources.map(({ name }) => [name, createStalenessWatch(runtime.clock)]));
  let latest: Snapshot = { sources: [], stale: false };
  let synced = false;
  const catalog = openSources(config, runtime, {
    publish(snapshot, hasLease) {
      const changes = changesBetween(latest, snapshot);
      latest = snapshot;
      watcher.changed(snapshot, changes, hasLease);
      if (synced || snapshot.sources.length < config.sources.length) return;
      synced = true;
      watcher.synced(snapshot);
    },
    unreadable(error) {
      unreadable.push(error);
      failed.abort();
    },
    state(source, state) {
      const watch = watches.get(source);
      const change = watch?.update(state);
      if (change === 'live') watcher.live(source);
      else if (change === 'stale' && watch?.stale) watcher.stale(source, watch.stale.since, watch.stale.error);
    },
  });
  const stop = AbortSignal.any([signal, failed.signal]);
  // Every source listens to this signal. Without this, Node would print a warning of a listener leak.
  setMaxListeners(0, stop);
  await catalog.run(stop);
  if (unreadable[0]) throw unreadable[0];
}

import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { isRefusal } from '../etcd/failure.js';
import { changesBetween, type InstanceChange } from '../model/changes.js';
import type { Snapshot } from '../model/snapshot.js';
import { createStalenessWatch, type Staleness } from '../catalog/staleness.js';
import type { HasLease } from '../catalog/watch-sources.js';
import { explainUnlisted } from './list.js';
import { openSources } from './open.js';
import type { Runtime } from '../ports/runtime.js';

/** Callbacks of `watchCatalog`. None of them may throw. */
export interface CatalogWatcher {
  /** A new snapshot. `changes` lead from the previous snapshot to this one; the first previous one is empty. */
  changed(snapshot: Snapshot, changes: readonly InstanceChange[], hasLease: HasLease): void;
  /**
   * Every source has been listed, or was reported as refused: the changes so far add up to the current state of the listed sources.
   * Called once.
   */
  synced(snapshot: Snapshot): void;
  /** A source may be out of date since `since` (wall clock, milliseconds): etcd does not answer. Called again for another cause. */
  stale(source: string, since: number, error: Error): void;
  /**
   * etcd refuses the user or the permission for a source that has not been listed yet, while it permits other sources. The source is
   * followed on: it is listed when an operator grants the permission. Called again for another cause.
   */
  refused(source: string, error: Error): void;
  /** The source is up to date again. The changes in between have been reported. */
  live(source: string): void;
}

/**
 * Follows the sources of a config with the loop of `run`, until the signal aborts. After cuts, restarts and compaction it reports only the
 * differences to a fresh list.
 *
 * @throws RollcallError when a source cannot be read as configured; when etcd refuses every source before the first list, as `listSources`
 */
export async function watchCatalog(
  config: Config,
  runtime: Runtime,
  watcher: CatalogWatcher,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const failures: Error[] = [];
  /** The sources that etcd refuses, and that have not been listed. */
  const refused = new Map<string, Error>();
  const watches = new Map(config.sources.map(({ name }) => [name, createStalenessWatch(runtime.clock)]));
  let latest: Snapshot = { sources: [], stale: false };
  let synced = false;
  const isListed = (name: string): boolean => latest.sources.some(({ source }) => source === name);
  const syncIfComplete = (): void => {
    if (synced || !config.sources.every(({ name }) => isListed(name) || refused.has(name))) return;
    if (latest.sources.length === 0) {
      failures.push(explainUnlisted(config.sources, refused, 'cannot be listed'));
      failed.abort();
      return;
    }
    synced = true;
    watcher.synced(latest);
  };
  const reportStale = (source: string, { since, error }: Staleness): void => {
    if (isListed(source) || !isRefusal(error)) {
      refused.delete(source);
      watcher.stale(source, since, error);
      return;
    }
    refused.set(source, error);
    syncIfComplete();
    if (!failed.signal.aborted) watcher.refused(source, error);
  };
  const catalog = openSources(config, runtime, {
    publish(snapshot, hasLease) {
      const changes = changesBetween(latest, snapshot);
      latest = snapshot;
      watcher.changed(snapshot, changes, hasLease);
      for (const { source } of snapshot.sources) refused.delete(source);
      syncIfComplete();
    },
    unreadable(error) {
      failures.push(error);
      failed.abort();
    },
    state(source, state) {
      const watch = watches.get(source);
      const change = watch?.update(state);
      if (change === 'live') watcher.live(source);
      else if (change === 'stale' && watch?.stale) reportStale(source, watch.stale);
    },
  });
  const stop = AbortSignal.any([signal, failed.signal]);
  // Every source listens to this signal. Without this, Node would print a warning of a listener leak.
  setMaxListeners(0, stop);
  await catalog.run(stop);
  if (failures[0]) throw failures[0];
}

import { setMaxListeners } from 'node:events';
import type { Config } from '../config/schema.js';
import { changesBetween, type InstanceChange } from '../model/changes.js';
import type { Snapshot } from '../model/snapshot.js';
import { createStalenessWatch } from '../catalog/staleness.js';
import { openSources } from './open.js';
import type { Runtime } from '../ports.js';

/** Who follows the catalog. None of these may throw. */
export interface CatalogWatcher {
  /** Whenever something was read. `changes` lead here from the snapshot before; at first that one is empty. */
  changed(snapshot: Snapshot, changes: readonly InstanceChange[]): void;
  /** Every source has been listed; what was told so far is what is registered now. Once. */
  synced(snapshot: Snapshot): void;
  /** What is known of a source may be old: etcd does not answer since then (wall clock, milliseconds). Again for another cause. */
  stale(source: string, since: number, error: Error): void;
  /** It is up to date again. What changed meanwhile has been told. */
  live(source: string): void;
}

/**
 * Follows what etcd holds, by the loop of `run`, until the signal aborts: cuts, restarts and compaction end in what a fresh list
 * would show, and only the differences are told.
 *
 * @throws RollcallError when a source cannot be read as it is configured
 */
export async function watchCatalog(
  config: Config,
  runtime: Runtime,
  follower: CatalogWatcher,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const unreadable: Error[] = [];
  const watches = new Map(config.sources.map(({ name }) => [name, createStalenessWatch(runtime.clock)]));
  let latest: Snapshot = { sources: [], stale: false };
  let synced = false;
  const catalog = openSources(config, runtime, {
    publish(snapshot) {
      const changes = changesBetween(latest, snapshot);
      latest = snapshot;
      follower.changed(snapshot, changes);
      if (synced || snapshot.sources.length < config.sources.length) return;
      synced = true;
      follower.synced(snapshot);
    },
    unreadable(error) {
      unreadable.push(error);
      failed.abort();
    },
    state(source, state) {
      const watch = watches.get(source);
      const news = watch?.take(state);
      if (news === 'back') follower.live(source);
      else if (news === 'away' && watch?.away) follower.stale(source, watch.away.since, watch.away.error);
    },
  });
  const stop = AbortSignal.any([signal, failed.signal]);
  // Every source and pause listens to it: how many is a matter of the config, not a leak.
  setMaxListeners(0, stop);
  await catalog.run(stop);
  if (unreadable[0]) throw unreadable[0];
}

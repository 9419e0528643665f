import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import { changedKeys } from '../model/sorted-map.js';
import type { ManagedTarget } from './managed-target.js';

/** Finds the targets that a new snapshot may touch. The cost follows the change and the targets found, not the number of targets. */
export interface TargetIndex {
  /**
   * @param source name of the source that changed
   * @returns the names of targets whose view may differ between the two snapshots. `isCertain`: they must look at the new snapshot even if
   * their view is the same, because the source was listed anew, appeared or went
   */
  find(before: Snapshot, after: Snapshot, source: string): { readonly targets: Iterable<string>; isCertain: boolean };
}

export function createTargetIndex(targets: Iterable<ManagedTarget>): TargetIndex {
  const bySource = new Map<string, { all: string[]; any: string[]; byService: Map<string, string[]> }>();
  for (const { name, sources, services } of targets)
    for (const source of sources) {
      const users = bySource.get(source) ?? { all: [], any: [], byService: new Map<string, string[]>() };
      bySource.set(source, users);
      users.all.push(name);
      if (services === undefined) users.any.push(name);
      for (const service of services ?? []) {
        const named = users.byService.get(service);
        if (named === undefined) users.byService.set(service, [name]);
        else named.push(name);
      }
    }
  return {
    find(before, after, source) {
      const users = bySource.get(source);
      if (users === undefined) return { targets: [], isCertain: false };
      const [old, now] = [sourceIn(before, source), sourceIn(after, source)];
      const isSameList = before.lists?.get(source) === after.lists?.get(source);
      if (!old || !now || !isSameList || before.stale !== after.stale) return { targets: users.all, isCertain: true };
      const isSameKind = old.pairs === now.pairs && old.format === now.format && old.prefix === now.prefix;
      if (!isSameKind) return { targets: users.all, isCertain: false };
      const named = changedKeys(old.services, now.services).flatMap((service) => users.byService.get(service) ?? []);
      return { targets: new Set([...users.any, ...named]), isCertain: false };
    },
  };
}

function sourceIn({ sources }: Snapshot, name: string): SourceSnapshot | undefined {
  return sources.find(({ source }) => source === name);
}

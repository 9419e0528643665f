import type { Instance } from '../model/instance.js';
import { createGroup, isIdle, saveGroup, type Group, type SavedGroup } from './group.js';
import { createLedger } from './ledger.js';
import { elapsedSince, type Moment } from './moment.js';
import type { PairsMemory, PlacedPair } from './pairs.js';
import type { ServicesMemory } from './services.js';
import { reviveInstance, saveInstance, type GuardState } from './state.js';

/** Everything that a guard remembers. */
export interface Memory {
  readonly services: ServicesMemory;
  readonly pairs: PairsMemory;
}

export function createMemory(): Memory {
  return {
    services: { groups: new Map(), total: createLedger(), holding: new Set(), last: undefined, size: 0 },
    pairs: { groups: new Map(), last: undefined },
  };
}

/** The memory of an earlier process, at this moment. */
export function restoreMemory(state: GuardState, moment: Moment): Memory {
  // All ages are counted from the moment of writing, as the clock of this process would have shown it.
  const written = moment.now - elapsedSince(state.written, moment);
  const groups = state.services.map(({ name, group }): [string, Group<Instance>] => {
    const holds = group.holds.map((hold) => ({ ...hold, item: reviveInstance(hold.item, name) }));
    return [name, createGroup<Instance>({ ...group, holds }, written)];
  });
  const sources = state.sources.map(({ source, group }): [string, Group<PlacedPair>] => [
    source,
    createGroup<PlacedPair>(group, written),
  ]);
  const holding = groups.filter(([, { holds }]) => holds.size > 0).map(([name]) => name);
  const total = createLedger(state.total, written);
  return {
    services: { groups: new Map(groups), total, holding: new Set(holding), last: undefined, size: 0 },
    pairs: { groups: new Map(sources), last: undefined },
  };
}

/**
 * The memory as plain JSON. Its size is that of what is held, and of what came and went within the window.
 *
 * @param horizon what happened before is left out; what is held, or not yet accepted, is not
 * @param isSecret the sources whose contents must not be written: what is held of them is left out, so a restart lets it go
 */
export function saveMemory(
  { services, pairs }: Memory,
  { now, wall, era = '' }: Moment,
  horizon: number,
  isSecret: (source: string) => boolean,
): GuardState {
  const matters = (group: Group<unknown>): boolean =>
    !isIdle(group) && (group.touched >= horizon || group.holds.size + group.settled.size + group.returned.size > 0);
  const open = <T>(group: SavedGroup<T>, sourceOf: (item: T) => string): SavedGroup<T> => ({
    ...group,
    holds: group.holds.filter(({ item }) => !isSecret(sourceOf(item))),
  });
  return {
    version: 1,
    written: { now, wall, era },
    services: [...services.groups].flatMap(([name, group]) => {
      if (!matters(group)) return [];
      const saved = open(saveGroup(group, now), ({ source }) => source);
      const holds = saved.holds.map((hold) => ({ ...hold, item: saveInstance(hold.item) }));
      return [{ name, group: { ...saved, holds } }];
    }),
    sources: [...pairs.groups].flatMap(([source, group]) =>
      matters(group) ? [{ source, group: open(saveGroup(group, now), () => source) }] : [],
    ),
    total: services.total.save(now),
  };
}

/** The holds that an operator releases end at the next judgement. @returns their number */
export function releaseHolds({ services, pairs }: Memory, service?: string): number {
  let count = 0;
  for (const [name, group] of services.groups) {
    if (service !== undefined && service !== name) continue;
    const members = releaseGroup(group);
    count += group.released.size;
    for (const member of members) services.total.undoDeparture(`${name}\0${member}`);
  }
  if (service !== undefined) return count;
  for (const group of pairs.groups.values()) {
    releaseGroup(group);
    count += group.released.size;
  }
  return count;
}

/** What left within the window is accepted too: it must not make the next departure break a rule. @returns these departures */
function releaseGroup({ ledger, holds, released }: Group<unknown>): string[] {
  if (holds.size === 0) return [];
  for (const member of holds.keys()) released.add(member);
  const members = [...ledger.departures.keys()];
  for (const member of members) ledger.undoDeparture(member);
  return members;
}

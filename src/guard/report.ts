import type { Instance } from '../model/instance.js';
import type { HeldItems } from './compose.js';
import type { Decision } from './decide.js';
import type { Group, Kept } from './group.js';
import type { EndedHold, Hold } from './hold.js';
import type { Memory } from './memory.js';
import type { PlacedPair, SourceDecision } from './pairs.js';

/** Everything that is held, by service and by raw source, sorted by name. No list is empty. */
export interface AllKept {
  readonly instances: ReadonlyMap<string, readonly Kept<Instance>[]>;
  readonly pairs: ReadonlyMap<string, readonly Kept<PlacedPair>[]>;
}

/** What one judgement has changed. */
export interface Changes {
  readonly began: readonly Hold[];
  readonly ended: readonly EndedHold[];
  readonly isRelabelled: boolean;
}

export function listKept({ services, pairs }: Memory): AllKept {
  return {
    instances: keptIn(services.groups, services.holding),
    pairs: keptIn(pairs.groups, pairs.groups.keys()),
  };
}

function keptIn<T>(groups: ReadonlyMap<string, Group<T>>, names: Iterable<string>): Map<string, Kept<T>[]> {
  const kept = new Map<string, Kept<T>[]>();
  for (const name of [...names].sort()) {
    const holds = groups.get(name)?.holds;
    if (holds && holds.size > 0) kept.set(name, [...holds.values()]);
  }
  return kept;
}

export function itemsOf({ instances, pairs }: AllKept): HeldItems {
  const items = <T>(all: ReadonlyMap<string, readonly Kept<T>[]>) =>
    new Map([...all].map(([name, kept]) => [name, kept.map(({ item }) => item)]));
  return { instances: items(instances), pairs: items(pairs) };
}

/** When the oldest hold began, on the monotonic clock; Infinity when there is none. */
export function oldestOf({ instances, pairs }: AllKept): number {
  let oldest = Infinity;
  for (const all of [instances, pairs])
    for (const kept of all.values()) for (const { since } of kept) oldest = Math.min(oldest, since);
  return oldest;
}

/** @param holdFor of the policy, in milliseconds */
export function showKept({ instances, pairs }: AllKept, holdFor: number): readonly Hold[] {
  return Object.freeze([
    ...[...instances.values()].flatMap((kept) => kept.map((each) => showInstance(each, holdFor))),
    ...[...pairs].flatMap(([source, kept]) => kept.map((each) => showPair(source, each, holdFor))),
  ]);
}

/** @param holdFor of the policy, in milliseconds */
export function showChanges(
  services: readonly Decision<Instance>[],
  sources: readonly SourceDecision[],
  holdFor: number,
): Changes {
  const changes = [
    ...services.map((decision) => showDecision(decision, (kept) => showInstance(kept, holdFor))),
    ...sources.map(({ source, decision }) => showDecision(decision, (kept) => showPair(source, kept, holdFor))),
  ];
  return {
    began: changes.flatMap(({ began }) => began),
    ended: changes.flatMap(({ ended }) => ended),
    isRelabelled: changes.some(({ isRelabelled }) => isRelabelled),
  };
}

function showDecision<T>({ began, ended, isRelabelled }: Decision<T>, show: (kept: Kept<T>) => Hold): Changes {
  return { began: began.map(show), ended: ended.map(({ kept, why }) => ({ hold: show(kept), why })), isRelabelled };
}

function showInstance(kept: Kept<Instance>, holdFor: number): Hold {
  return { kind: 'instance', instance: kept.item, ...timesOf(kept, holdFor) };
}

function showPair(source: string, kept: Kept<PlacedPair>, holdFor: number): Hold {
  return { kind: 'pair', source, pair: kept.item.pair, ...timesOf(kept, holdFor) };
}

function timesOf(
  { cause, rule, startedAt }: Kept<unknown>,
  holdFor: number,
): Pick<Hold, 'cause' | 'rule' | 'since' | 'deadline'> {
  return { cause, rule, since: startedAt, deadline: startedAt + holdFor };
}

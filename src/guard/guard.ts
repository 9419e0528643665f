import type { Instance } from '../model/instance.js';
import type { Causes } from './causes.js';
import { createComposer, type GuardedView } from './compose.js';
import type { Decision } from './decide.js';
import type { Group, Kept } from './group.js';
import type { EndedHold, Hold } from './hold.js';
import { createMemory, releaseHolds, restoreMemory, saveMemory, type Memory } from './memory.js';
import type { Moment } from './moment.js';
import { judgePairs, type PlacedPair } from './pairs.js';
import type { GuardPolicy } from './policy.js';
import { judgeServices } from './services.js';
import type { GuardState } from './state.js';

export interface Question {
  /** The present selection. */
  readonly selection: GuardedView;
  /**
   * The view that the outputs were last made from, and that the consumer accepted: usually `Verdict.guarded` of an earlier judgement. After a
   * restart, the selection from the last good snapshot. Undefined: there is none, so nothing can be missing besides what the state holds.
   */
  readonly accepted: GuardedView | undefined;
  readonly causes: Causes;
  /** Undefined: the target has no guard. */
  readonly policy: GuardPolicy | undefined;
  readonly moment: Moment;
}

export interface Verdict {
  /** What the target is made from: the selection itself when nothing is held. */
  readonly guarded: GuardedView;
  /** Everything that is held now, services first. The same array as before when nothing about it has changed. */
  readonly holds: readonly Hold[];
  /** What has changed since the last judgement. */
  readonly began: readonly Hold[];
  readonly ended: readonly EndedHold[];
  /** `save` the state before the outputs follow: the holds have changed. */
  readonly mustSave: boolean;
  /** Milliseconds until the first hold expires. Absent: nothing is held. */
  readonly againInMs?: number;
}

/** The guard of one target. It lives as long as the process: over edits of the config, too. */
export interface Guard {
  /**
   * Decides what of the last accepted view stays although the selection does not have it. It never adds anything else, and everything in the
   * selection is in the result. Judging the same again changes nothing, so a pass may fail and be repeated.
   *
   * Without holds, the cost is that of the services that changed, plus one comparison of references for each service. With holds, it is also
   * that of everything held, and of the services that hold something.
   */
  judge(question: Question): Verdict;
  /**
   * An operator lets go of the present holds, of one service or of the whole target: they end at the next judgement. What went missing later
   * is judged as always. `save` the state afterwards.
   *
   * @returns the number of these holds
   */
  release(service?: string): number;
  /** @param isSecret the sources whose contents must not be written: what is held of them ends with this process. Default: none */
  save(moment: Moment, isSecret?: (source: string) => boolean): GuardState;
}

/** @param state that of an earlier process */
export function createGuard(state?: GuardState, restoredAt: Moment = { now: 0, wall: 0 }): Guard {
  let memory: Memory = state ? restoreMemory(state, restoredAt) : createMemory();
  const compose = createComposer();
  // With the earlier time of writing, the next restart would find again that no time has passed.
  let isUnsaved = state !== undefined && restoredAt.wall < state.written.wall;
  let latest = restoredAt.now;
  let policyBefore: GuardPolicy | undefined;
  let holds: readonly Hold[] = Object.freeze([]);

  function judge({ selection, accepted, causes, policy, moment }: Question): Verdict {
    const now = (latest = Math.max(latest, moment.now));
    if (!policy) return turnOff(selection);
    const common = { causes, policy, now, wall: moment.wall };
    const services = judgeServices(memory.services, {
      accepted: accepted?.view.services,
      selected: selection.view.services,
      ...common,
    });
    const pairs = judgePairs(memory.pairs, { accepted: accepted?.raw, selected: selection.raw, ...common });
    const toHold = {
      instance: (kept: Kept<Instance>): Hold => ({ kind: 'instance', instance: kept.item, ...timesOf(kept, policy) }),
      pair:
        (source: string) =>
        (kept: Kept<PlacedPair>): Hold => ({
          ...{ kind: 'pair', source, pair: kept.item.pair },
          ...timesOf(kept, policy),
        }),
    };
    const reports = [
      ...services.map((decision) => report(decision, toHold.instance)),
      ...pairs.map(({ source, decision }) => report(decision, toHold.pair(source))),
    ];
    const began = reports.flatMap((each) => each.began);
    const ended = reports.flatMap((each) => each.ended);
    const instances = heldIn(memory.services.groups, memory.services.holding);
    const held = heldIn(memory.pairs.groups, memory.pairs.groups.keys());
    if (began.length + ended.length > 0 || reports.some((each) => each.isRelabelled) || policy !== policyBefore)
      holds = Object.freeze([
        ...[...instances.values()].flatMap((each) => each.map(toHold.instance)),
        ...[...held].flatMap(([source, each]) => each.map(toHold.pair(source))),
      ]);
    policyBefore = policy;
    const oldest = oldestOf([...instances.values(), ...held.values()].flat());
    const mustSave = began.length + ended.length > 0 || isUnsaved;
    isUnsaved = false;
    return {
      guarded: compose(selection, { instances: itemsOf(instances), pairs: itemsOf(held) }),
      ...{ holds, began, ended, mustSave },
      ...(oldest < Infinity && { againInMs: oldest + policy.holdFor - now }),
    };
  }

  function turnOff(selection: GuardedView): Verdict {
    const ended = holds.map((hold): EndedHold => ({ hold, why: 'off' }));
    const mustSave = memory.services.holding.size + memory.pairs.groups.size > 0;
    memory = createMemory();
    holds = Object.freeze([]);
    return { guarded: selection, holds, began: [], ended, mustSave };
  }

  return {
    judge,
    release: (service) => releaseHolds(memory, service),
    save(moment, isSecret = () => false) {
      const at = { ...moment, now: Math.max(latest, moment.now) };
      return saveMemory(memory, at, at.now - (policyBefore?.window ?? Infinity), isSecret);
    },
  };
}

type Times = Pick<Hold, 'cause' | 'rule' | 'since' | 'deadline'>;

function timesOf({ cause, rule, startedAt }: Kept<unknown>, { holdFor }: GuardPolicy): Times {
  return { cause, rule, since: startedAt, deadline: startedAt + holdFor };
}

function report<T>({ began, ended, isRelabelled }: Decision<T>, toHold: (kept: Kept<T>) => Hold) {
  return {
    began: began.map(toHold),
    ended: ended.map(({ kept, why }): EndedHold => ({ hold: toHold(kept), why })),
    isRelabelled,
  };
}

/** The holds of the named groups that have any, in the order of the names. */
function heldIn<T>(groups: ReadonlyMap<string, Group<T>>, names: Iterable<string>): Map<string, Kept<T>[]> {
  const held = new Map<string, Kept<T>[]>();
  for (const name of [...names].sort()) {
    const holds = groups.get(name)?.holds;
    if (holds && holds.size > 0) held.set(name, [...holds.values()]);
  }
  return held;
}

function itemsOf<T>(held: ReadonlyMap<string, readonly Kept<T>[]>): Map<string, T[]> {
  return new Map([...held].map(([name, kept]) => [name, kept.map(({ item }) => item)]));
}

function oldestOf(kept: readonly Kept<unknown>[]): number {
  return kept.reduce((oldest, { since }) => Math.min(oldest, since), Infinity);
}

import type { Causes } from './causes.js';
import { createComposer, type GuardedView } from './compose.js';
import { isHarmless } from './harmless.js';
import type { EndedHold, Hold } from './hold.js';
import { createMemory, releaseHolds, restoreMemory, saveMemory, type Memory } from './memory.js';
import type { Moment } from './moment.js';
import { judgePairs, type RawPairs } from './pairs.js';
import type { GuardPolicy } from './policy.js';
import { itemsOf, listKept, oldestOf, showChanges, showKept } from './report.js';
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
   * Does what the last judgement has put off because its decision did not depend on it: taking note of what came and went. Every other
   * function does this first, so it only matters when the time for it is best.
   */
  settle(): void;
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

/**
 * @param state that of an earlier process
 * @param restoredAt now; needed with a state
 */
export function createGuard(state?: GuardState, restoredAt: Moment = { now: 0, wall: 0 }): Guard {
  let memory: Memory = state ? restoreMemory(state, restoredAt) : createMemory();
  const compose = createComposer();
  // With the earlier time of writing, the next restart would find again that no time has passed.
  let isUnsaved = state !== undefined && restoredAt.wall < state.written.wall;
  let latest = restoredAt.now;
  let policyBefore: GuardPolicy | undefined;
  let holds: readonly Hold[] = Object.freeze([]);
  let unsettled: Question | undefined;

  function judge(question: Question): Verdict {
    settle();
    if (!isPlain(question)) return judgeInFull(question);
    unsettled = question;
    latest = Math.max(latest, question.moment.now);
    return { guarded: question.selection, holds, began: [], ended: [], mustSave: false };
  }

  /** Whether the numbers of instances alone show that nothing is held. Right after a change of the policy, everything is read. */
  function isPlain({ selection, accepted, policy }: Question): boolean {
    if (!policy || policy !== policyBefore || isUnsaved || holds.length > 0 || !accepted) return false;
    if (!sameRaw(selection.raw, accepted.raw) || !sameRaw(selection.raw, memory.pairs.last)) return false;
    return isHarmless(memory.services, {
      accepted: accepted.view.services,
      selected: selection.view.services,
      policy,
    });
  }

  function settle(): void {
    const question = unsettled;
    unsettled = undefined;
    if (question) judgeInFull(question);
  }

  function judgeInFull({ selection, accepted, causes, policy, moment }: Question): Verdict {
    const now = (latest = Math.max(latest, moment.now));
    if (!policy) return turnOff(selection);
    const common = { causes, policy, now, wall: moment.wall };
    const { began, ended, isRelabelled } = showChanges(
      judgeServices(memory.services, {
        accepted: accepted?.view.services,
        selected: selection.view.services,
        ...common,
      }),
      judgePairs(memory.pairs, { accepted: accepted?.raw, selected: selection.raw, ...common }),
      policy.holdFor,
    );
    const kept = listKept(memory);
    const hasChanged = began.length + ended.length > 0;
    if (hasChanged || isRelabelled || policy !== policyBefore) holds = showKept(kept, policy.holdFor);
    policyBefore = policy;
    const mustSave = hasChanged || isUnsaved;
    isUnsaved = false;
    const guarded = compose(selection, itemsOf(kept));
    const oldest = oldestOf(kept);
    const again = oldest < Infinity && { againInMs: oldest + policy.holdFor - now };
    return { guarded, holds, began, ended, mustSave, ...again };
  }

  function turnOff(selection: GuardedView): Verdict {
    const dropped = showKept(listKept(memory), policyBefore?.holdFor ?? 0);
    const ended = dropped.map((hold): EndedHold => ({ hold, why: 'off' }));
    const mustSave = ended.length > 0 || isUnsaved;
    memory = createMemory();
    isUnsaved = false;
    holds = Object.freeze([]);
    return { guarded: selection, holds, began: [], ended, mustSave };
  }

  return {
    judge,
    settle,
    release(service) {
      settle();
      return releaseHolds(memory, service);
    },
    save(moment, isSecret = () => false) {
      settle();
      const at = { ...moment, now: Math.max(latest, moment.now) };
      return saveMemory(memory, at, at.now - (policyBefore?.window ?? Infinity), isSecret);
    },
  };
}

/** Whether both have the same lists of pairs. */
function sameRaw(a: readonly RawPairs[], b: readonly RawPairs[] | undefined): boolean {
  const isSame = (one: RawPairs, other: RawPairs | undefined): boolean =>
    one.pairs === other?.pairs && one.source === other.source && one.prefix === other.prefix;
  return a === b || (a.length === b?.length && a.every((one, index) => isSame(one, b[index])));
}

import type { Outcome } from '../controller/managed-target.js';
import { describeProblem } from '../model/describe-problem.js';
import type { HappenedEvent } from '../model/process-event.js';

/** Tells the events of the outcomes of one target after another. */
export interface OutcomeEvents {
  /** The events of the next outcome of this target, in their order. */
  of(target: string, outcome: Outcome): readonly HappenedEvent[];
  /** Forgets the targets that are not among these. */
  keep(targets: ReadonlySet<string>): void;
}

/** An outcome that only waits, or repeats what an earlier one said, makes no event. */
export function createOutcomeEvents(): OutcomeEvents {
  const before = new Map<string, Outcome['result']>();
  return {
    of(target, outcome) {
      const { result, revision, changed, error, reason, isRepeated } = outcome;
      const events: HappenedEvent[] = [];
      const last = before.get(target);
      const { created, updated, deleted } = changed;
      if (created + updated + deleted > 0 && result !== 'refused')
        events.push({ type: 'applied', target, revision, created, updated, deleted });
      const { began = [], ended = [] } = outcome.guard ?? {};
      if (began.length > 0) events.push({ type: 'held', target, revision, count: began.length });
      if (ended.length > 0) events.push({ type: 'let-go', target, revision, count: ended.length });
      const { live, updatedAt } = outcome;
      if (updatedAt !== undefined && live?.kind === 'in-step')
        events.push({ type: 'updated', target, revision, servers: live.changed });
      if (live?.kind === 'reload')
        events.push({ type: 'fell-back', target, revision, reason: live.reason, isRefused: live.isRefused });
      if (outcome.reloadedAt !== undefined) events.push({ type: 'reloaded', target, revision });
      const isBad = result === 'failed' || result === 'refused';
      if (isBad && error && isRepeated !== true)
        events.push({ type: result, target, revision, problem: describeProblem(error) });
      if (result === 'kept' && last !== 'kept') events.push({ type: 'kept', target, revision, reason: reason ?? '' });
      const wasBad = last === 'failed' || last === 'refused' || last === 'kept';
      if (wasBad && good.has(result)) events.push({ type: 'recovered', target, revision });
      if (result !== 'stopped' && result !== 'waiting' && result !== 'throttled' && result !== 'standby')
        before.set(target, result);
      return events;
    },
    keep(targets) {
      for (const name of before.keys()) if (!targets.has(name)) before.delete(name);
    },
  };
}

const good: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['in-step', 'changed', 'reloaded', 'updated']);

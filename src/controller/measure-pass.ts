import { observe } from '../model/histogram.js';
import type { TargetMeasures } from '../model/measures.js';
import type { Outcome } from './managed-target.js';

/** Clock times of the oldest change in etcd that the outputs do not have yet, and of the oldest that the consumer does not have. */
export interface ChangeTimes {
  unwritten: number | undefined;
  unapplied: number | undefined;
}

export function noChanges(): ChangeTimes {
  return { unwritten: undefined, unapplied: undefined };
}

/** A change in etcd at clock time `at` may touch the target. */
export function noteChange(times: ChangeTimes, at: number): void {
  times.unwritten ??= at;
  times.unapplied ??= at;
}

/** Gives the times to a pass that begins: changes that come from now on are those of the next one. */
export function takeChanges(times: ChangeTimes): ChangeTimes {
  const taken = { ...times };
  times.unwritten = times.unapplied = undefined;
  return taken;
}

/** Takes back what a pass has left undone. */
export function giveBack(times: ChangeTimes, { unwritten, unapplied }: ChangeTimes): void {
  times.unwritten = unwritten ?? times.unwritten;
  times.unapplied = unapplied ?? times.unapplied;
}

/** What a pass did, as far as the times of changes depend on it. */
export interface MeasuredPass {
  readonly outcome: Outcome;
  /** From `takeChanges`. */
  readonly taken: ChangeTimes;
  /** The outputs have what the view says. */
  readonly isWritten: boolean;
}

/** Results after which the consumer has what the view says. */
const applied: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>([
  'in-step',
  'changed',
  'reloaded',
  'updated',
]);
const unfinished: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['waiting', 'stopped']);

/**
 * Counts a pass that has ended, and the time from the oldest change that it wrote, or that the consumer took up, until then. Changes that a
 * failed pass leaves undone go back into `times`, so that the next pass counts the whole wait. A change that leaves the outputs as they are
 * is not timed.
 */
export function measurePass(
  measures: TargetMeasures,
  times: ChangeTimes,
  { outcome, taken, isWritten }: MeasuredPass,
): void {
  const { result, swappedAt, reloadedAt, updatedAt, isRepeated } = outcome;
  const { unwritten, unapplied } = taken;
  const seconds = (at: number, since: number): number => (at - since) / 1000;

  if (!isWritten) giveBack(times, { unwritten, unapplied: undefined });
  else if (unwritten !== undefined && swappedAt !== undefined && outcome.views)
    observe(measures.written, seconds(swappedAt, unwritten));

  if (!applied.has(result)) giveBack(times, { unwritten: undefined, unapplied });
  else if (unapplied !== undefined) {
    // Without a reload, the consumer notices the outputs by itself.
    const at = reloadedAt ?? updatedAt ?? (result === 'changed' ? swappedAt : undefined);
    if (at !== undefined) observe(measures.applied, seconds(at, unapplied));
  }

  if (unfinished.has(result) || isRepeated === true) return;
  measures.passes[result === 'failed' || result === 'refused' ? result : 'ok'] += 1;
}

import type { TargetRecord } from '../ports/journal.js';
import type { Clock } from '../ports/runtime.js';
import type { Outcome } from './managed-target.js';

/** What the status of a target tells about its earlier passes. Times are wall-clock milliseconds. An edit of the target does not end it. */
export interface TargetHistory {
  /** The last pass: its result, without the views. */
  last: { readonly outcome: Outcome; readonly at: number } | undefined;
  /** The revisions that the outputs were made from, as in `Outcome.revision`. */
  applied: string | undefined;
  /** Since when passes fail or are refused. */
  failingSince: number | undefined;
  changedAt: number | undefined;
  /** When this process first knew of the pending reload. */
  reloadPendingSince: number | undefined;
  /** When the running consumer last took up a change. */
  updatedAt: number | undefined;
  /** The last reload that was needed instead. */
  fellBack: { readonly at: number; readonly reason: string; readonly isRefused: boolean } | undefined;
  /** Why the last look at the running consumer says nothing. */
  runtimeProblem: string | undefined;
}

/** Results after which the outputs are those of the revision of the pass. */
const made: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>([
  'in-step',
  'changed',
  'reloaded',
  'updated',
  'throttled',
]);

/** The history at the start of a process, from the journal of earlier ones. */
export function beginHistory({ step, revision }: TargetRecord): TargetHistory {
  const isAccepted = step === 'checked' || step === 'reloaded';
  return {
    last: undefined,
    applied: isAccepted && revision !== '' ? revision : undefined,
    failingSince: undefined,
    changedAt: undefined,
    reloadPendingSince: undefined,
    updatedAt: undefined,
    fellBack: undefined,
    runtimeProblem: undefined,
  };
}

/** Adds a pass. `isPending`: a reload is pending now. */
export function addToHistory(
  history: TargetHistory,
  outcome: Outcome,
  isPending: boolean,
  clock: Pick<Clock, 'now' | 'wall'>,
): void {
  const at = clock.wall();
  const { result, swappedAt } = outcome;
  const swapped = swappedAt === undefined ? undefined : at - (clock.now() - swappedAt);
  history.last = { outcome, at };
  const { live, updatedAt } = outcome;
  if (updatedAt !== undefined) history.updatedAt = at - (clock.now() - updatedAt);
  if (live?.kind === 'reload') history.fellBack = { at, reason: live.reason, isRefused: live.isRefused };
  if (live) history.runtimeProblem = live.kind === 'in-step' ? live.problem : undefined;
  if (made.has(result)) history.applied = outcome.revision;
  if (result === 'failed' || result === 'refused') history.failingSince ??= at;
  else if (result !== 'stopped' && result !== 'waiting') history.failingSince = undefined;
  if (swapped !== undefined && made.has(result)) history.changedAt = swapped;
  history.reloadPendingSince = isPending ? (history.reloadPendingSince ?? swapped ?? at) : undefined;
}

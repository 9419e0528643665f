import type { Quarantine, View } from '../model/view.js';
import type { Clock, TargetRecord } from '../ports.js';

/** What the controller remembers of one target between passes. It is in memory only: what must survive a restart is in the journal. */
export interface TargetState {
  /** The target has finished or undone what an earlier process left half done. */
  recovered: boolean;
  /** The view that the outputs were last found or made equal to, or that the consumer's check refused. */
  inStepView: View | undefined;
  /** Why the check refused that view, and what was kept out of it. */
  refused: string | undefined;
  quarantined: readonly Quarantine[];
  /** Changes that failed one after the other; the error of the last one, and the clock time of the next attempt. */
  failures: number;
  failure: { readonly view: View; readonly error: Error; readonly retryAt: number } | undefined;
  /** Clock time at which the last reload ended, also that of an earlier process. */
  lastReload: number | undefined;
  /** Reloads that failed since the last acknowledged one, and the clock time before which none is tried again. */
  reloadFailures: number;
  reloadRetryAt: number;
  /** Outputs that this process changed since the last acknowledged reload. */
  readonly unacknowledged: Set<string>;
}

/** The state at the start of a process: all that is known of earlier ones is the journal. */
export function initialState({ reloadedAt }: TargetRecord, clock: Clock): TargetState {
  const age = reloadedAt === null ? Infinity : clock.wall() - reloadedAt;
  return {
    recovered: false,
    inStepView: undefined,
    refused: undefined,
    quarantined: [],
    failures: 0,
    failure: undefined,
    // A time in the future comes from a clock that was set back since.
    lastReload: age >= 0 && age < Infinity ? clock.now() - age : undefined,
    reloadFailures: 0,
    reloadRetryAt: -Infinity,
    unacknowledged: new Set(),
  };
}

/**
 * The state of a target whose config or template has changed: the outputs must be made anew, and a refused or failed change is tried
 * at once. The consumer is the same, so the time of its last reload, a failing reload's delay and what it has not acknowledged stay.
 */
export function stateAfterEdit(before: TargetState): TargetState {
  return { ...before, recovered: false, inStepView: undefined, refused: undefined, failures: 0, failure: undefined };
}

/** What failed or was refused is tried at the next pass: an operator asked for it. */
export function forgetFailures(state: TargetState): void {
  // A recovery is repeated, because it also clears the refused outputs in the journal.
  state.recovered = false;
  state.failures = 0;
  state.failure = undefined;
  state.reloadFailures = 0;
  state.reloadRetryAt = -Infinity;
}

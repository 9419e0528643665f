import type { GuardedView } from '../guard/compose.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Quarantine, View } from '../model/view.js';
import { confirmEmptied, noEmptiness, type Emptiness } from './emptied.js';
import type { TargetRecord } from '../ports/journal.js';
import type { Clock } from '../ports/runtime.js';
import type { Desired } from '../ports/target.js';
import type { Outcome } from './managed-target.js';
import type { UnfinishedSearch, Withheld } from './withhold.js';

/** What is known after a pass that has left nothing to do. Until the selection changes, a resync only has to look at the outputs. */
export interface Rest {
  /** The selection that the outputs were made from, whole. */
  readonly view: View;
  readonly lists: Snapshot['lists'];
  readonly desired: Desired;
  /** The outcome of a pass that finds everything as it is now. */
  readonly outcome: Omit<Outcome, 'revision'>;
}

/** The controller's memory of one target between passes. Facts that must survive a restart are in the journal instead. */
export interface TargetState {
  /** The epoch of the leadership for which `lead` of the target has succeeded. */
  epoch: string | undefined;
  /** The epoch of the leadership in which the guard has taken up what the leader before has held. */
  guardEpoch: string | undefined;
  /** `recover` of the target has succeeded. */
  recovered: boolean;
  /** The view that the outputs were last found or made equal to, and these outputs; undefined after a failure. */
  inStep: { readonly view: View; readonly desired: Desired } | undefined;
  /** Set while a resync only has to look at the outputs. */
  rest: Rest | undefined;
  /** The last desired outputs of this target object, also refused ones. The next ones are made from their differences. */
  desired: Desired | undefined;
  /** The view whose outputs were last in place and not refused; undefined until a pass has found or made such outputs. */
  acceptedView: View | undefined;
  /** The same view for the guard, and the lists of the snapshot that it was made from. */
  accepted: (GuardedView & { readonly lists: Snapshot['lists'] }) | undefined;
  /** The guard's holds have changed, and the attempt to save them has failed. */
  hasUnsavedHolds: boolean;
  /** The services that the consumer's check refuses, while it accepts the others. */
  withheld: Withheld | undefined;
  /** By name, since when a service was withheld in the last ten minutes, and whether the check was asked about it alone. */
  readonly culprits: Map<string, { readonly at: number; readonly isProven: boolean }>;
  /** The findings of a search that was not complete. */
  search: UnfinishedSearch | undefined;
  quarantined: readonly Quarantine[];
  /** Some outputs were refused while the others were written: the number of attempts in a row, and the clock time of the next one. */
  unwritten: { readonly attempts: number; readonly retryAt: number } | undefined;
  /** Number of changes that failed in a row. */
  failures: number;
  /** The last failed change, and the clock time of the next attempt. */
  failure: { readonly view: View; readonly error: Error; readonly retryAt: number } | undefined;
  /** Clock time at which the last reload ended, including one of an earlier process. */
  lastReload: number | undefined;
  /** Number of reloads that failed since the last acknowledged one, and the clock time of the next attempt. */
  reloadFailures: number;
  reloadRetryAt: number;
  readonly emptiness: Emptiness;
  /** Outputs that this process changed since the last acknowledged reload. */
  readonly unacknowledged: Set<string>;
}

/** The state at the start of a process, from the journal of earlier ones. */
export function initialState({ reloadedAt }: TargetRecord, clock: Clock): TargetState {
  const age = reloadedAt === null ? Infinity : clock.wall() - reloadedAt;
  return {
    epoch: undefined,
    guardEpoch: undefined,
    recovered: false,
    inStep: undefined,
    rest: undefined,
    desired: undefined,
    acceptedView: undefined,
    accepted: undefined,
    hasUnsavedHolds: false,
    withheld: undefined,
    culprits: new Map(),
    search: undefined,
    quarantined: [],
    unwritten: undefined,
    failures: 0,
    failure: undefined,
    // The time is in the future if the clock was set back after the reload.
    lastReload: age >= 0 && age < Infinity ? clock.now() - age : undefined,
    reloadFailures: 0,
    reloadRetryAt: -Infinity,
    emptiness: noEmptiness(),
    unacknowledged: new Set(),
  };
}

/**
 * The state of a target after an edit of its config or template. The outputs must be made again, and a refused or failed change is tried
 * at once. The consumer is the same, so the time of its last reload, the delay of a failing reload and the unacknowledged outputs stay.
 */
export function stateAfterEdit(before: TargetState): TargetState {
  return {
    ...before,
    epoch: undefined,
    recovered: false,
    inStep: undefined,
    rest: undefined,
    desired: undefined,
    withheld: undefined,
    search: undefined,
    unwritten: undefined,
    failures: 0,
    failure: undefined,
  };
}

/** Lets the next pass do everything that failed, was refused or waits for a confirmation: an operator has asked for it at `askedAt`. */
export function forgetFailures(state: TargetState, askedAt: number): void {
  confirmEmptied(state.emptiness, askedAt);
  // The recovery must run again, because it also clears the refused outputs in the journal.
  state.recovered = false;
  state.withheld = undefined;
  state.search = undefined;
  if (state.unwritten) state.unwritten = { attempts: 0, retryAt: askedAt };
  state.failures = 0;
  state.failure = undefined;
  state.reloadFailures = 0;
  state.reloadRetryAt = -Infinity;
}

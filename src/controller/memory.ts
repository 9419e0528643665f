import type { Snapshot } from '../model/snapshot.js';
import type { Quarantine, View } from '../model/view.js';
import type { Clock, TargetRecord } from '../ports.js';
import type { Outcome } from './managed-target.js';

/** What is remembered of a target between passes. In memory only: all that must survive is in the journal. */
export interface TargetState {
  recovered: boolean;
  /** The view that the outputs were last found or made equal to, or that was refused. */
  inStepView: View | undefined;
  /** Of that view: why the consumer's check refuses it, and what was kept out of it. */
  refused: string | undefined;
  quarantined: readonly Quarantine[];
  /** Changes that failed since the last that did not; what the last one failed of, and when it is tried again. */
  failures: number;
  trouble: { readonly view: View; readonly error: Error; readonly retryAt: number } | undefined;
  /** Clock time of the end of the last reload, an earlier process's too. */
  lastReload: number | undefined;
  /** Reloads that failed since the last one that was acknowledged, and the clock time before which none is tried again. */
  reloadFailures: number;
  reloadRetryAt: number;
  /** Outputs changed since the last acknowledged reload, as far as this process knows. */
  readonly unacknowledged: Set<string>;
}

/** What a process or a new config begins with: of earlier ones it knows only what the journal says. */
export function initialState({ reloadedAt }: TargetRecord, clock: Clock): TargetState {
  const age = reloadedAt === null ? Infinity : clock.wall() - reloadedAt;
  return {
    recovered: false,
    inStepView: undefined,
    refused: undefined,
    quarantined: [],
    failures: 0,
    trouble: undefined,
    // A time in the future is that of a clock that was set back since.
    lastReload: age >= 0 && age < Infinity ? clock.now() - age : undefined,
    reloadFailures: 0,
    reloadRetryAt: -Infinity,
    unacknowledged: new Set(),
  };
}

/** What a pass goes by. */
export interface Pass {
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  /** Milliseconds before what failed `attempt` times, the last time of `error`, is tried again. */
  readonly delay: (attempt: number, error: Error) => number;
  /** Observe the outputs even though the view has not changed since they were found in step. */
  readonly look: boolean;
  /** Ends the pass before its next irrevocable step; what is under way is finished. */
  readonly stop: AbortSignal;
}

/** An outcome in the making. */
export type OutcomeDraft = { -readonly [K in keyof Outcome]: Outcome[K] };

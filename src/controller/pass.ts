import type { Snapshot } from '../model/snapshot.js';
import type { Quarantine, View } from '../model/view.js';
import type { Change, Clock } from '../ports.js';

/** What one pass over a target is given. */
export interface Pass {
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  /** Milliseconds until a change or a reload is tried again: it failed `attempt` times in a row, the last time with `error`. */
  readonly delay: (attempt: number, error: Error) => number;
  /** Observe the outputs even if the view has not changed since they were in step. */
  readonly look: boolean;
  /** Ends the pass before its next irrevocable step. A step that has begun is finished. */
  readonly stop: AbortSignal;
}

/** What the pass makes the outputs from. */
export interface Selected {
  readonly view: View;
  /** `source=revision` pairs, joined by commas. */
  readonly revision: string;
}

/** What the pass did to the outputs. */
export interface OutputsResult {
  readonly result: 'waiting' | 'in-step' | 'changed' | 'refused' | 'failed';
  /** Why the pass waits, or why the check refused these outputs in an earlier pass. */
  readonly reason?: string;
  /** Why they failed or were refused in this pass. */
  readonly error?: Error;
  /** The error is that of an earlier pass: the time to try again has not come. */
  readonly isRepeated?: boolean;
  readonly changes: readonly Change[];
  readonly caveats: readonly string[];
  readonly quarantined: readonly Quarantine[];
  /** Clock time at which readers saw the new outputs, also when a check refused them afterwards. */
  readonly swappedAt?: number;
}

/** What the pass did for the consumer. */
export interface ReloadResult {
  readonly result?: 'reloaded' | 'throttled';
  readonly error?: Error;
  /** Clock time of the acknowledgement. */
  readonly reloadedAt?: number;
  /** Milliseconds until the pending reload is due. */
  readonly againInMs?: number;
}

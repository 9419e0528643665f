import type { Snapshot } from '../model/snapshot.js';
import type { Quarantine, View } from '../model/view.js';
import type { Leadership } from '../ports/leader.js';
import type { Change } from '../ports/output.js';
import type { LiveResult } from '../ports/reload.js';
import type { Clock } from '../ports/runtime.js';
import type { Desired } from '../ports/target.js';
import type { Culprit } from './withhold.js';

/** The surroundings of one pass over a target. */
export interface Pass {
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  /** Milliseconds until the retry of a change or a reload that failed `attempt` times in a row, the last time with `error`. */
  readonly delay: (attempt: number, error: Error) => number;
  /** Observe the outputs even if the view has not changed since they were in step. */
  readonly mustObserve: boolean;
  /** Milliseconds that the search for the services to blame for a refusal may take. */
  readonly searchTime: number;
  /** Called when the guard has judged the snapshot, and new holds are on disk. */
  readonly onJudged?: () => void;
  /** The right to write a cluster-wide target. Absent: no election decides about the target. `stop` aborts with it. */
  readonly leadership?: Leadership;
  /** Ends the pass before its next irreversible step. A step that has begun is finished. */
  readonly stop: AbortSignal;
}

/** The input of the outputs. */
export interface PassInput {
  readonly view: View;
  /** `source=revision` pairs, joined by commas. */
  readonly revision: string;
}

/** The part of a pass that concerns the outputs. */
export interface OutputsResult {
  readonly result: 'waiting' | 'in-step' | 'kept' | 'changed' | 'refused' | 'failed';
  /** Why the pass waits, or why the outputs are kept. */
  readonly reason?: string;
  /** Why the change failed or was refused in this pass. */
  readonly error?: Error;
  /** True: `error` is that of an earlier pass, because the time of the next attempt has not come. */
  readonly isRepeated?: boolean;
  /** The outputs that the view makes. Absent: they were not made in this pass. */
  readonly desired?: Desired;
  readonly changes: readonly Change[];
  readonly caveats: readonly string[];
  readonly quarantined: readonly Quarantine[];
  /** Whether some of the changes were refused while the others were made. Absent: the outputs were not looked at. */
  readonly isPartial?: boolean;
  /** By name, the services whose new instances are withheld: with them, the check refuses the outputs. */
  readonly culprits?: ReadonlyMap<string, Culprit>;
  /** Clock time at which the new outputs became visible, also when a check refused them afterwards. */
  readonly swappedAt?: number;
  /** Milliseconds until kept outputs follow the view. */
  readonly againInMs?: number;
}

/** The part of a pass that concerns the reload. */
export interface ReloadResult {
  readonly result?: 'reloaded' | 'updated' | 'throttled';
  readonly error?: Error;
  /** Clock time of the acknowledgement. */
  readonly reloadedAt?: number;
  /** Clock time at which the running consumer had the change without a reload. */
  readonly updatedAt?: number;
  readonly live?: LiveResult;
  /** Milliseconds until the pending reload, or the next look at the running consumer, is due. */
  readonly againInMs?: number;
}

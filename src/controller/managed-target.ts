import type { EndedHold, Hold } from '../guard/hold.js';
import type { LeftOut } from '../model/left-out.js';
import type { TargetMeasures } from '../model/measures.js';
import type { Snapshot } from '../model/snapshot.js';
import type { PassResult } from '../model/status.js';
import type { Quarantine, View } from '../model/view.js';
import type { ViewChange } from './describe-change.js';
import type { TargetGuard } from './target-guard.js';
import type { Journal, Selection, WithheldServices } from '../ports/journal.js';
import type { Leader } from '../ports/leader.js';
import type { LiveResult, LiveUpdate, Reload } from '../ports/reload.js';
import type { Target } from '../ports/target.js';

/** When the outputs of a target follow a view that a list has emptied. */
export interface EmptyPolicy {
  /** Milliseconds after which they follow. 0: at once. Infinity: never, unless an operator confirms it. */
  readonly after: number;
  /** The target's present selection. */
  readonly selection: Selection;
}

/** Everything that the controller needs to keep one target in step. */
export interface ManagedTarget {
  readonly name: string;
  /** Names of the sources that the target uses. It waits until each of them has been listed. */
  readonly sources: readonly string[];
  /** Pure and memoised: returns the same object until something that the target selects changes. */
  readonly view: (snapshot: Snapshot) => View;
  /** The only services that its view can have instances of. Absent: any. */
  readonly services?: readonly string[];
  /** Absent: the outputs follow every selection at once. */
  readonly guard?: TargetGuard;
  /** Absent: the outputs follow every view at once. */
  readonly empty?: EmptyPolicy;
  /** What is left out of the outputs of the latest view. Absent: not known. */
  readonly leftOut?: LeftOut;
  readonly target: Target;
  /** Decides whether this process may write. Absent: it may. */
  readonly leader?: Leader;
  readonly journal: Journal;
  /** Absent: a restart does not know the withheld services. */
  readonly withheld?: WithheldServices;
  /** Absent: the consumer notices changed outputs without a reload, so no reload is ever pending. */
  readonly reload?: Reload;
  readonly confirm?: Reload;
  /** Tried before the reload. With it, there is a reload. */
  readonly live?: LiveUpdate;
  /** Where passes, checks and reloads are counted. It stays the same over edits of the config. Absent: nothing reports them. */
  readonly measures?: TargetMeasures;
  /** Milliseconds at least between the end of one reload and the start of the next. Changes in between become one reload. */
  readonly minInterval: number;
}

/** The outcome of one pass over a target. */
export interface Outcome {
  readonly result: PassResult;
  readonly reason?: string;
  readonly error?: Error;
  /** True: `error` is that of an earlier pass, because this pass came before the time of the next attempt. */
  readonly isRepeated?: boolean;
  readonly changed: {
    readonly created: number;
    readonly updated: number;
    readonly deleted: number;
    readonly bytes: number;
  };
  /** The views before and after, if outputs changed in this pass. */
  readonly views?: ViewChange;
  /** What the guard holds, and what has changed about it in this pass. Absent: the guard was not asked. */
  readonly guard?: {
    readonly holds: readonly Hold[];
    readonly began: readonly Hold[];
    readonly ended: readonly EndedHold[];
  };
  readonly caveats: readonly string[];
  readonly quarantined: readonly Quarantine[];
  /** Numbers of the instances that the target leaves out, by reason. Absent: not known. */
  readonly leftOut?: LeftOut['counts'];
  /** The revisions of the snapshot that the pass read. A later snapshot that leaves the view unchanged causes no pass. */
  readonly revision: string;
  /** Clock times of the swap and of the acknowledged reload, if they happened in this pass. */
  readonly swappedAt?: number;
  readonly reloadedAt?: number;
  /** Clock time at which the running consumer had the change without a reload. */
  readonly updatedAt?: number;
  /** What the live update of this pass has found. Absent: there was none. */
  readonly live?: LiveResult;
  /** Milliseconds until the next pass, if a reload or a change waits for its time. */
  readonly againInMs?: number;
}

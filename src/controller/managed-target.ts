import type { Snapshot } from '../model/snapshot.js';
import type { Quarantine, View } from '../model/view.js';
import type { Journal, Reload, Target } from '../ports.js';

/** Everything that the controller needs to keep one target in step. */
export interface ManagedTarget {
  readonly name: string;
  /** Names of the sources that it is made from: it waits until each of them has listed. */
  readonly sources: readonly string[];
  /** Pure and memoised: the same object while nothing that the target selects has changed. */
  readonly view: (snapshot: Snapshot) => View;
  readonly target: Target;
  readonly journal: Journal;
  /** Absent: the consumer reads its outputs by itself, and no reload is ever pending. */
  readonly reload?: Reload;
  readonly confirm?: Reload;
  /** Least milliseconds between the end of one reload and the start of the next. Merges, never drops. */
  readonly minInterval: number;
}

/** How one pass over a target ended. */
export interface Outcome {
  /**
   * `waiting`: a source has not listed yet, or only an older snapshot than the outputs is at hand.
   * `in-step`: nothing to do. `changed`: outputs swapped in. `reloaded`: changed or not, a pending reload was acknowledged.
   * `throttled`: changed, and the reload waits for `minInterval`. `refused`: the consumer's check refuses this want.
   * `failed`: something else went wrong; `error` says what. `stopped`: the process is ending.
   */
  readonly result: 'waiting' | 'in-step' | 'changed' | 'reloaded' | 'throttled' | 'refused' | 'failed' | 'stopped';
  readonly reason?: string;
  readonly error?: Error;
  /** The error is that of an earlier pass: this one came before the time of the next attempt. */
  readonly isRepeated?: boolean;
  readonly changed: {
    readonly created: number;
    readonly updated: number;
    readonly deleted: number;
    readonly bytes: number;
  };
  readonly caveats: readonly string[];
  readonly quarantined: readonly Quarantine[];
  readonly revision: string;
  /** Clock times of the swap and of the acknowledged reload, when they happened in this pass. */
  readonly swappedAt?: number;
  readonly reloadedAt?: number;
  /** Ask for another pass after so many milliseconds: a reload or a change waits for its time. */
  readonly againInMs?: number;
}

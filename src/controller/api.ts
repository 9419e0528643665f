import type { OutputSizes, QueueMeasures } from '../model/measures.js';
import type { Snapshot } from '../model/snapshot.js';
import type { TargetDetail, TargetStatus } from '../model/status.js';
import type { Clock, Log, Random } from '../ports/runtime.js';
import type { ManagedTarget, Outcome } from './managed-target.js';

export interface Controller {
  /**
   * Takes the latest snapshot. `at` is the clock time of the event that caused it: the log says how long each target took from then on.
   *
   * A target that uses `source` is enqueued when its view has changed; and with the same view when the source was listed again, appeared or
   * went, when the target has not had a complete pass yet, and when it waits for another snapshot. Without `source`, every target is
   * enqueued. The cost is that of the change and of the targets that it may touch.
   */
  update(snapshot: Snapshot, at: number, source?: string): void;
  /**
   * Observes every target's outputs again, at once, and retries everything that failed or was refused. `minInterval` still holds. Outputs that were already kept
   * at `askedAt`, the clock time of the operator's request, follow their empty view (`confirmEmptied`).
   */
  retry(askedAt: number): void;
  /** The same for one target. An empty view is not confirmed by it. False: there is no such target. */
  resync(target: string): boolean;
  /** This process has become the leader, or has ceased to be it: a pass over each target that an election decides about follows at once. */
  leaderChanged(): void;
  /**
   * Lets go of what the guard of a target holds now, of one service or of all, and follows an empty view that is kept. The release is on
   * disk when it resolves, and a pass follows at once.
   *
   * @returns the number of holds that end; undefined when there is no such target
   * @throws RollcallError `STATE_UNWRITABLE`: the pass follows all the same, but a restart would not know of the release
   */
  release(target: string, service?: string): Promise<number | undefined>;
  /**
   * Replaces the set of targets. The targets named in `keep` run on undisturbed. The passes of all others are ended first, and then
   * `next` is called for the targets that replace them: a target of the same name keeps the state of its consumer (`stateAfterEdit`).
   * When `next` rejects, the old targets run on and `replace` rejects with its error.
   */
  replace(keep: ReadonlySet<string>, next: () => Promise<readonly ManagedTarget[]>): Promise<void>;
  /** The latest snapshot. */
  readonly snapshot: Snapshot;
  /** The outcome of each target's last pass. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /**
   * The revisions up to which the outputs of a target are in step, as in `Outcome.revision`: those of the latest snapshot when nothing in it
   * asks for another pass. Undefined when the target is not in step, or unknown.
   */
  inStepAt(target: string): string | undefined;
  /** The present status of a target, as far as the watches of its sources do not matter. Undefined when it is unknown. */
  describe(target: string): TargetStatus | undefined;
  /** The same with its outputs. Digests are computed once for each version of the outputs, in pieces that let other work run. */
  describeWithOutputs(target: string): Promise<TargetDetail | undefined>;
  /** The sizes of the outputs that were last found or made in step. Undefined: not known now. */
  outputSizes(target: string): OutputSizes | undefined;
  /** What was counted about the queue of targets. */
  measureQueue(): QueueMeasures;
  /**
   * Resolves to true when the guard of each target has judged the latest snapshot, or a newer one, and what it holds is on disk. What is missing from
   * that snapshot is then known to a restart. False: `run` has ended before.
   */
  judged(): Promise<boolean>;
  /** Resolves when `signal` has aborted and every running pass has finished its step. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * Milliseconds between two resyncs, which observe all outputs again, even if nothing has changed in etcd. A resync looks at one target
   * after the other, and waits while other passes run; all looks have begun after half of this time.
   */
  readonly resyncInterval: number;
  /** As in `Pass`. Default: 30 s. */
  readonly searchTime?: number;
  /**
   * Awaited between two passes over a target. Default: until the messages that arrived during the first pass are read. Without the pause,
   * each message of a storm would cost one pass.
   */
  readonly pause?: () => Promise<void>;
  /** Called with every outcome, after it was logged. */
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
}

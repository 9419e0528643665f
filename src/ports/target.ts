import type { Quarantine, View } from '../model/view.js';
import type { CheckVerdict } from './check.js';
import type { Leadership } from './leader.js';
import type { Change, Output, OutputObject, Preview } from './output.js';

/** The desired outputs of a target. Kinds add their own fields. */
export interface Desired {
  readonly quarantined: readonly Quarantine[];
}

/** The read-only half of a target. It may be used while another process runs the target. */
export interface TargetReader<D extends Desired = Desired> {
  /**
   * Pure. An output that does not change keeps its identity.
   *
   * @param before the desired outputs of another view. The result is the same without them, but costs more than what differs between the two views
   */
  desired(view: View, before?: D): D;
  /** Every desired output, sorted, as a reader will find it. Pure. */
  outputs(desired: D): readonly Output[];
  /** A digest of the desired outputs, in hex: equal outputs have equal digests. Pure. */
  digest(desired: D): string;
  /**
   * The result that `observe`, `diff` and `apply` would have. It holds no contents of secret outputs.
   *
   * @throws RollcallError when the present outputs cannot be read
   */
  preview(desired: D, signal: AbortSignal): Promise<Preview>;
}

/**
 * One consumer and its outputs. `diff` is pure. The controller calls these functions in the order of this page, and never for the same
 * target twice at the same time.
 */
export interface Target<D extends Desired = Desired, S = unknown, C extends Change = Change> extends TargetReader<D> {
  /**
   * Finishes or undoes the change that a killed process left half done. It is called before all other functions, and repeated until it
   * resolves. It runs no check: it undoes outputs that a check in place has not accepted.
   */
  recover(signal: AbortSignal): Promise<Recovered>;
  /**
   * Takes over outputs that another target of this process made and gives up, if this target's config can make them. When it resolves,
   * this target's journal names them as its own. It is called after `recover`, and never during a pass. The contents stay as they are: the
   * next pass corrects or removes outputs that differ.
   *
   * @param outputs entries of the other target's `TargetRecord.owned`
   * @returns those that this target owns now, including those that it owned before
   */
  adopt(outputs: readonly string[]): Promise<readonly string[]>;
  /**
   * Begins a leadership of this process, if an election decides who writes the target: called before `recover` and `observe`, again after a
   * failure. Another process may have written since, so nothing that this process knows of the outputs counts, not even an unfinished change in
   * the journal. When it resolves, a late write of an earlier leader fails. Absent: a late write cannot be refused.
   */
  lead?(leadership: Leadership, signal: AbortSignal): Promise<void>;
  /**
   * Reads the present state of the desired and the owned outputs. If undoing a change has failed earlier in this process, it is tried again
   * first.
   *
   * @param since desired outputs that this target has found or made in step, with no failure since. Then only outputs that differ from
   * these need to be read, and `diff` looks only at them. Absent: all are read.
   */
  observe(desired: D, signal: AbortSignal, since?: D): Promise<S>;
  /**
   * Whether the outputs are certainly as the last `observe` or `apply` has left them in step with `desired`. It is quick and synchronous, and
   * called while no other function of the target runs. False: that is not known, and `observe` must look. Absent: it is never known.
   */
  isUntouched?(desired: D): boolean;
  /**
   * The services that the last `observe` has found unwritable, because another program has their outputs, and those that the last `apply` was
   * refused, with the reasons: what `desired` cannot know. Absent: there are never any.
   */
  leftAlone?(): readonly Quarantine[];
  /** Sorted; empty means in step. */
  diff(desired: D, observed: S): readonly C[];
  /**
   * Makes all changes or none, except for the caveats and refusals of its result. When it rejects, the outputs are as they were before, unless the error
   * is `UNDO_FAILED`.
   *
   * @throws RollcallError `CHECK_REFUSED` when the consumer's own check refuses the new outputs (the journal then holds the digest);
   * `CHECK_BROKEN_BEFORE` when it refuses the old ones too; `CHECK_UNANSWERED`. The signal's reason when that aborts before the swap; after
   * the swap, the step is finished.
   */
  apply(changes: readonly C[], context: ApplyContext): Promise<Applied>;
  /**
   * Asks the consumer's check about changes that no reader sees, and takes them back. Undefined: it can judge only outputs in place.
   * `context.swapped` is not called. Absent: this kind cannot hide its outputs.
   *
   * @throws as `apply`, when the changes cannot be staged or taken back
   */
  judge?(changes: readonly C[], context: ApplyContext): Promise<CheckVerdict | undefined>;
  /**
   * The objects of a cluster with outputs of this target, as this process has last seen them, and those that the last `apply` wrote: events
   * are told on them. Absent: the outputs are in no cluster.
   */
  objects?(): { readonly known: readonly OutputObject[]; readonly written: readonly OutputObject[] };
}

export interface ApplyContext {
  /** The digest of the desired outputs. It is computed when read. This takes milliseconds for large outputs, so read it after the swap. */
  readonly digest: string;
  /** `source=revision` pairs of the snapshot, joined by commas. */
  readonly revision: string;
  readonly signal: AbortSignal;
  /** To be called once, right after the new outputs have become visible to readers and before a check in place. */
  swapped(): void;
}

export interface Applied {
  /** Where the change was not atomic, one sentence each: an in-place write, more operations than one transaction takes. */
  readonly caveats: readonly string[];
  /**
   * Outputs of the changes that are as they were before, because their place takes no such contents while it takes the others. `leftAlone` has
   * the reasons. The controller tries them again. Default: none.
   */
  readonly refused?: readonly string[];
}

export interface Recovered {
  readonly outcome: 'nothing' | 'finished' | 'undone';
  readonly outputs: readonly string[];
}

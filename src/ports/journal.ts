import type { Service } from '../model/instance.js';

/**
 * The last step of a target's transaction. A step is written before its effects can be half done.
 *
 * - `staged`: the new outputs are written, the old ones are kept.
 * - `swapped`: the new ones are visible.
 * - `checked`: the consumer's check accepts them.
 * - `failed`: the old ones are back.
 * - `reloaded`: the consumer has loaded them.
 */
export type Step = 'none' | 'staged' | 'swapped' | 'checked' | 'failed' | 'reloaded';

/** What a target takes from its sources, as digests of its config: two equal ones select alike. */
export interface Selection {
  /** The names in `sources`. */
  readonly sources: string;
  /** `select` of the target and of its sources. */
  readonly select: string;
}

/** The record of one target on disk. */
export interface TargetRecord {
  readonly step: Step;
  /** Digest and revision of the desired outputs of the step. The digest is `''` until they are accepted or have failed. */
  readonly digest: string;
  readonly revision: string;
  /** The kind's own JSON that it needs to finish, undo or clean up the step. Null when it needs none. */
  readonly undo: unknown;
  /**
   * Outputs that this target made, sorted. It may remove only these. A path begins with a slash, any other entry with the key of its kind
   * and a colon. A kind skips the entries of other kinds. Kinds that write paths share the entries with a slash, because a target may have
   * been of another kind before: each kind believes only the paths that its config can make.
   */
  readonly owned: readonly string[];
  /**
   * Null: the last accepted view had no content (no instance and no pair), or none was accepted yet. Else the selection by which the view
   * with content was made, and since when (wall-clock milliseconds) the outputs are kept although the view is empty; null when they are not.
   */
  readonly content: { readonly selection: Selection; readonly emptySince: number | null } | null;
  /** The desired outputs that a check refused. They are not tried again until the view or a template changes, or an operator retries. */
  readonly failed: { readonly digest: string; readonly reason: string } | null;
  /** True: outputs have changed, and the consumer has not acknowledged a reload since. */
  readonly reloadPending: boolean;
  /** Wall-clock milliseconds of the last acknowledged reload; null before the first. */
  readonly reloadedAt: number | null;
}

/** The read-only half of a journal. */
export interface JournalReader {
  /** The record after the last `advance`. Before the first one: an empty record with a pending reload. */
  readonly record: TargetRecord;
}

/** The journal of one target. When `advance` resolves, the change is on disk. */
export interface Journal extends JournalReader {
  advance(patch: Partial<TargetRecord>): Promise<void>;
}

/**
 * What the outputs of a target have for each service that is withheld, over restarts: a service as it was last accepted, or undefined when
 * none was.
 */
export interface WithheldServices {
  /** As last saved; empty when nothing is withheld. */
  readonly services: ReadonlyMap<string, Service | undefined>;
  /** Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE` */
  save(services: ReadonlyMap<string, Service | undefined>): Promise<void>;
}

/** Copies of outputs that rollcall replaced and did not make. */
export interface Originals {
  /**
   * Keeps the contents. Equal contents of a path are kept once, and a copy is never overwritten or removed. A copy is durable when this
   * resolves.
   *
   * @throws RollcallError `STATE_UNWRITABLE`
   */
  keep(path: string, contents: Uint8Array): Promise<KeptOriginal>;
}

export interface KeptOriginal {
  /** Path of the copy; undefined when there are already too many different copies for this path. */
  readonly copy: string | undefined;
  /** False: an equal copy was there before. */
  readonly isNew: boolean;
}

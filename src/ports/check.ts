/** The facts about a change that a command is told. */
export interface CommandContext {
  readonly target: string;
  readonly revision: string;
  /** Paths or keys that have changed since the last acknowledged reload. If an earlier process changed them: all owned outputs. */
  readonly outputs: readonly string[];
  /** A digest of the present outputs. It is computed when read. Undefined: it is not known. */
  readonly digest?: string | undefined;
  /** The value of `{staged}`: the path of the one new file before the swap. */
  readonly staged?: string;
}

/** The consumer's own verdict. `unanswered`: the check itself did not run to its end (absent, timed out, killed). */
export type CheckVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' | 'unanswered'; readonly reason: string; readonly output: string };

/** A file as a check alone is to see it. */
export interface PlacedFile {
  /** Absolute path without links, in a directory that exists. */
  readonly output: string;
  /** Absolute path of the regular file that is seen at `output`. Null: nothing is seen there. */
  readonly content: string | null;
  /** True: nothing is at `output` now. */
  readonly isNew: boolean;
}

/** The files of a change before its swap. */
export interface StagedFiles {
  /** The outputs as they will be. */
  readonly next: readonly PlacedFile[];
  /** The same outputs as they are, from copies. Those that do not exist yet, or will be removed, are left out. */
  readonly present: readonly PlacedFile[];
  /** The directories of all these outputs. */
  readonly directories: readonly string[];
}

/**
 * The verdict of an isolated check. `refused` comes with the verdict on the present outputs. `impossible`: the check did not run, because
 * the system does not isolate it; `reason` is there once, so that it is told once, with the check's own words in `output`.
 */
export type IsolatedVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string; readonly output: string; readonly before: CheckVerdict }
  | { readonly kind: 'unanswered'; readonly reason: string; readonly output: string }
  | { readonly kind: 'impossible'; readonly reason: string | undefined; readonly output: string };

export interface Check {
  /** True: it checks one staged file before the swap (`{staged}` in its arguments). False: it checks in place, after the swap. */
  readonly staged: boolean;
  /** Rejects only when the signal aborts. */
  run(context: CommandContext, signal: AbortSignal): Promise<CheckVerdict>;
  /**
   * Runs the check where it alone sees the new files at their destinations, before the swap. A check that asks another process to read the
   * files sees the old ones there, so `run` must follow the swap even after `accepted`. Absent: the check is never isolated. Rejects only
   * when the signal aborts.
   */
  runIsolated?(context: CommandContext, files: StagedFiles, signal: AbortSignal): Promise<IsolatedVerdict>;
}

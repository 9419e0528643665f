import type { Batch } from './model/entry.js';
import type { Quarantine, View } from './model/view.js';

/** Time, passed in so that tests can hold it. */
export interface Clock {
  /** Monotonic milliseconds, fractional; only differences mean anything. */
  now(): number;
  /** Wall-clock milliseconds since the epoch, for what outlives the process. */
  wall(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects: look at the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** 0 <= n < 1, for jitter. */
export type Random = () => number;

/** The part of pino's logger that rooms use. The fields come first, then the sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** Where a source stands. `live` is proven by the server's answers, not assumed. */
export type SourceState =
  | { readonly kind: 'connecting' | 'listing' | 'live'; readonly endpoint: string }
  | { readonly kind: 'waiting'; readonly endpoint: string; readonly error: Error; readonly retryInMs: number };

/** Who takes what a source reads. Neither function throws. */
export interface SourceSink {
  batch(batch: Batch): void;
  state(state: SourceState): void;
}

/** An etcd prefix that is listed and watched. */
export interface Source {
  readonly name: string;
  /** Lists, then follows, for ever; resolves only after `signal` aborts. Never rejects for what the server does. */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}

/** One difference between the desired outputs and those that are there. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  /** The path, key or name of the output. */
  readonly output: string;
  /** Size of the new content; 0 for a delete. */
  readonly bytes: number;
}

/** One output as the target would write it. */
export interface Output {
  /** The path, key or name of the output. */
  readonly output: string;
  readonly text: string;
  /** The text may be printed only when a person asks for exactly this output: no diff and no log shows it. */
  readonly secret: boolean;
}

/** One output that `apply` would change, as its reader would see that. */
export interface Difference {
  readonly action: Change['action'];
  readonly output: string;
  /**
   * `lines`: a text of lines, as a file holds it. `value`: one text without lines, as a key holds it. `secret`: `before` and `after`
   * are always undefined, and the notes give the sizes.
   */
  readonly form: 'lines' | 'value' | 'secret';
  /** Undefined: there is nothing, or nothing that could be read as text. */
  readonly before: string | undefined;
  /** Undefined: the output is removed. */
  readonly after: string | undefined;
  /** What is to be said besides the contents, a few words each: `mode 0600 -> 0644`. */
  readonly notes: readonly string[];
}

/** What a target would change now. */
export interface Preview {
  /** Sorted by output. */
  readonly differences: readonly Difference[];
  /** Desired outputs whose place holds an output that this target did not make: they are left alone. */
  readonly conflicts: readonly string[];
}

/** What a target should be. Kinds add their own fields. */
export interface Desired {
  readonly quarantined: readonly Quarantine[];
}

/** The half of a target that writes nothing: it may be used while another process has the target at work. */
export interface TargetReader<D extends Desired = Desired> {
  /** Pure. */
  desired(view: View): D;
  /** Every desired output, sorted: what a reader will find when it is in place. Pure. */
  outputs(desired: D): readonly Output[];
  /** What the desired outputs are in substance: equal desires have equal digests. Hex. Pure. */
  digest(desired: D): string;
  /**
   * What `observe`, `diff` and `apply` would come to. It holds no contents of secret outputs.
   *
   * @throws RollcallError when what is there cannot be read
   */
  preview(desired: D, signal: AbortSignal): Promise<Preview>;
}

/**
 * One consumer and its outputs. `diff` is pure. The controller calls these functions in the order of this page and never runs one
 * target twice at once.
 */
export interface Target<D extends Desired = Desired, S = unknown, C extends Change = Change> extends TargetReader<D> {
  /**
   * Finishes or undoes what a killed run left half done. Called before anything else, again and again until it resolves.
   * It runs no check: what a check in place has not accepted is undone.
   */
  recover(signal: AbortSignal): Promise<Recovered>;
  /**
   * Takes over outputs that another target of this process made and gives up, as far as this target's config can make them: the
   * journal names them as this target's own when it resolves. Called after `recover`, and not during a pass. The contents stay as
   * they are: the next pass puts right or removes what differs.
   *
   * @param outputs entries of the other target's `TargetRecord.owned`
   * @returns those that are this target's own now; also those that were already
   */
  adopt(outputs: readonly string[]): Promise<readonly string[]>;
  /**
   * What is really there, at the places that `desired` names and those that we own. An undoing that failed earlier in this
   * process is taken up again first.
   */
  observe(desired: D, signal: AbortSignal): Promise<S>;
  /** Sorted; empty means in step. */
  diff(desired: D, observed: S): readonly C[];
  /**
   * All or nothing, as far as the world allows. When it rejects, the outputs are as they were before, unless the error is
   * `UNDO_FAILED`.
   * @throws RollcallError `CHECK_REFUSED` when the consumer's own check refuses the new outputs (the journal then remembers
   * the digest); `CHECK_BROKEN_BEFORE` when it refuses the old ones too; `CHECK_UNANSWERED`. The signal's reason when that
   * aborts before the swap; after it, the step is finished.
   */
  apply(changes: readonly C[], context: ApplyContext): Promise<Applied>;
}

export interface ApplyContext {
  /** Of the want. Made when it is asked for, which takes milliseconds for large outputs: best after they are visible. */
  readonly digest: string;
  /** `source=revision` pairs joined by a comma, as the snapshot stood. */
  readonly revision: string;
  readonly signal: AbortSignal;
  /** Called once, right after the new outputs became visible to readers, before any check of them in place. */
  swapped(): void;
}

export interface Applied {
  /** What was not as good as promised, one sentence each: an in-place write, more operations than one transaction takes. */
  readonly caveats: readonly string[];
}

export interface Recovered {
  readonly outcome: 'nothing' | 'finished' | 'undone';
  readonly outputs: readonly string[];
}

/**
 * How far a target's transaction came. Written before the step it names can be half done.
 * `staged`: new outputs are written, the old ones are kept. `swapped`: the new ones are visible.
 * `checked`: the consumer accepts them. `failed`: the old ones are back. `reloaded`: the consumer took them up.
 */
export type Step = 'none' | 'staged' | 'swapped' | 'checked' | 'failed' | 'reloaded';

/** What is kept on disk of one target. */
export interface TargetRecord {
  readonly step: Step;
  /** Digest and revision of the want that the step is about. The digest is known once it was accepted or failed; else `''`. */
  readonly digest: string;
  readonly revision: string;
  /** What the target needs to finish, undo or tidy up after the step; its kind's own JSON. Null when there is nothing. */
  readonly undo: unknown;
  /**
   * Outputs that this target made: the only ones that it may ever remove. A path begins with a slash, anything else with the key of its
   * kind and a colon. A kind passes over the entries of other kinds. Kinds that write paths share those with a slash, because a target may
   * have been of another kind: each believes only the paths that its config can make. Sorted.
   */
  readonly owned: readonly string[];
  /** The want that a check refused: not tried again until the view, a template or an operator changes something. */
  readonly failed: { readonly digest: string; readonly reason: string } | null;
  /** Outputs changed and the consumer has not acknowledged a reload since. */
  readonly reloadPending: boolean;
  /** Wall-clock milliseconds of the last acknowledged reload; null before the first. */
  readonly reloadedAt: number | null;
}

/** The journal of one target, as a reader sees it. */
export interface JournalReader {
  /** The record as last advanced; before the first, an empty one that has a pending reload. */
  readonly record: TargetRecord;
}

/** The journal of one target. `advance` is durable when it resolves. */
export interface Journal extends JournalReader {
  advance(patch: Partial<TargetRecord>): Promise<void>;
}

/** What a command learns of the change it is run for. */
export interface CommandContext {
  readonly target: string;
  readonly revision: string;
  /** Paths or keys changed since the last acknowledged reload; when an earlier process changed them, all that is owned. */
  readonly outputs: readonly string[];
  /** For `{staged}`: the one new file before the swap. */
  readonly staged?: string;
}

/** The consumer's own verdict. `unanswered`: the check itself could not run to its end (absent, timed out, killed). */
export type CheckVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' | 'unanswered'; readonly reason: string; readonly output: string };

export interface Check {
  /** True when it judges one staged file before the swap (`{staged}` in its arguments), false when it judges in place. */
  readonly staged: boolean;
  /** Never rejects but for an aborted signal. */
  run(context: CommandContext, signal: AbortSignal): Promise<CheckVerdict>;
}

/** What makes the consumer take the outputs up, and also what confirms that it did. */
export interface Reload {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** Resolves when acknowledged. @throws RollcallError with what the consumer said. */
  run(context: CommandContext, signal: AbortSignal): Promise<void>;
}

/** What the process gives to everything in it, so that tests can hold it. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

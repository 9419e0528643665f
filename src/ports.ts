import type { Batch } from './model/entry.js';
import type { Instance, Service } from './model/instance.js';
import type { Rejection } from './model/format.js';
import type { Measures } from './model/measures.js';
import type { ProcessEvent, ProcessStatus, TargetDetail } from './model/status.js';
import type { Quarantine, View } from './model/view.js';

/** Time. It is passed in so that tests can control it. */
export interface Clock {
  /** Monotonic milliseconds with fractions. Only differences have a meaning. */
  now(): number;
  /** Wall-clock milliseconds since the epoch, for times that are kept over restarts. */
  wall(): number;
  /**
   * `now` in monotonic milliseconds since the start of the machine. Two processes can compare them when `id`, which is different after each start of the
   * machine, is the same and not `''`. Absent: they cannot.
   */
  boot?(): { readonly id: string; readonly now: number };
  /** Resolves after `ms`, or at once when `signal` aborts. It never rejects, so callers check the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A random number, 0 <= n < 1, for jitter. */
export type Random = () => number;

/** The part of pino's logger that is used. The fields come first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** The connection state of a source. `live` is proven by the server's answers. `retryInMs`: at the latest; sooner when etcd is back. */
export type SourceState =
  | { readonly kind: 'connecting' | 'listing' | 'live'; readonly endpoint: string }
  | { readonly kind: 'waiting'; readonly endpoint: string; readonly error: Error; readonly retryInMs: number };

/** The receiver of a source's batches and states. Neither function throws. */
export interface SourceSink {
  batch(batch: Batch): void;
  state(state: SourceState): void;
}

/** An etcd prefix that is listed and watched. */
export interface Source {
  readonly name: string;
  /** Lists, then watches, until `signal` aborts; then it resolves. A fault of the server never makes it reject. */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}

/** An object of a cluster that holds outputs of a target. */
export interface OutputObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The one service in it. Absent: it is for all. */
  readonly service?: string;
}

/** The right to write cluster-wide targets. */
export interface Leadership {
  /** Decimal. Each leadership of an election has a greater one than those before it. */
  readonly epoch: string;
  /** The identity of this process in the election. */
  readonly holder: string;
  /** Aborts when the right ends. A process that was stopped for seconds may not know it yet: ask `Leader.current` before each write. */
  readonly signal: AbortSignal;
}

/** Which of several processes may write cluster-wide targets. */
export interface Leader {
  /** The right to write now, by the clock. Undefined: another process has it, or none. */
  current(): Leadership | undefined;
}

/** Texts, by name, that the processes of an election share. Only the leader reads and writes them. */
export interface SharedTexts {
  /** Undefined: there is none. A late write of an earlier leader fails afterwards. */
  read(name: string, leadership: Leadership): Promise<string | undefined>;
  /** @throws RollcallError `NOT_LEADER`, the error of the store, or the reason of the leadership's signal */
  write(name: string, text: string, leadership: Leadership): Promise<void>;
}

/** One difference between the desired and the observed outputs. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  /** The path, key or name of the output. */
  readonly output: string;
  /** Size of the new content; 0 for a delete. */
  readonly bytes: number;
}

/** One desired output. */
export interface Output {
  /** The path, key or name of the output. */
  readonly output: string;
  readonly text: string;
  /** True: no diff and no log shows the text. It is printed only when a user asks for exactly this output. */
  readonly secret: boolean;
}

/** One output that `apply` would change, for display. */
export interface Difference {
  readonly action: Change['action'];
  readonly output: string;
  /**
   * `lines`: a text of lines, as in a file. `value`: a text without lines, as in a key. `secret`: `before` and `after` are always
   * undefined, and the notes give the sizes.
   */
  readonly form: 'lines' | 'value' | 'secret';
  /** Undefined: the output does not exist, or cannot be read as text. */
  readonly before: string | undefined;
  /** Undefined: the output is removed. */
  readonly after: string | undefined;
  /** Changes other than those of the contents, a few words each: `mode 0600 -> 0644`. */
  readonly notes: readonly string[];
}

/** The changes that a target would make now. */
export interface Preview {
  /** Sorted by output. */
  readonly differences: readonly Difference[];
  /** Desired outputs that exist already and that this target did not make. They stay as they are. */
  readonly conflicts: readonly string[];
}

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
  /** Sorted; empty means in step. */
  diff(desired: D, observed: S): readonly C[];
  /**
   * Makes all changes or none, except for the caveats of its result. When it rejects, the outputs are as they were before, unless the error
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
}

export interface Recovered {
  readonly outcome: 'nothing' | 'finished' | 'undone';
  readonly outputs: readonly string[];
}

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

/** Makes the consumer load the outputs, or confirms that it has loaded them. */
export interface Reload {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** Resolves when the consumer has acknowledged it. @throws RollcallError with the consumer's answer. */
  run(context: CommandContext, signal: AbortSignal): Promise<void>;
}

/** The outcome of one attempt to bring a running consumer in step without a reload. */
export type LiveResult =
  | {
      /** The consumer has what the outputs say, or nothing was asked of it. */
      readonly kind: 'in-step';
      /** Number of servers that were added, changed or taken out of service. */
      readonly changed: number;
      /** Why the consumer could not be looked at, or is known to differ. Only without a pending reload: one has not helped, or is not due. */
      readonly problem?: string;
    }
  | {
      readonly kind: 'reload';
      /** Why a reload is needed, as a clause. */
      readonly reason: string;
      /** True: the consumer should have been able to do it, and did not. False: such a change always needs a reload. */
      readonly isRefused: boolean;
    };

/** Brings a running consumer in step with its outputs without a reload, as far as the consumer can. */
export interface LiveUpdate {
  /** One line for people: `admin socket /run/haproxy/admin.sock`. */
  readonly describe: string;
  /**
   * Compares the running consumer with the outputs in place, and changes it. Bounded in time. Never rejects.
   *
   * @param outputs all outputs of the target, as they are in place
   * @param isPending outputs have changed since the consumer was last known to have them
   * @param isWhole look at everything, not only at what has changed since the last look
   */
  run(
    outputs: readonly Output[],
    facts: { readonly isPending: boolean; readonly isWhole: boolean },
  ): Promise<LiveResult>;
  /** Clock time at which `run` wants to be called again. Infinity: not before a change. */
  readonly dueAt: number;
  /** Number of servers that take no new connection and are removed when their open ones have ended. */
  readonly leaving: number;
}

/** The surroundings of the process. They are passed in so that tests can control them. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An instance as it was last read. */
export interface ListedInstance {
  readonly instance: Instance;
  /** The source is secret: only the name, the id, the key and the endpoint may be shown. */
  readonly secret: boolean;
}

/** The events of a process. It keeps a bounded number of them. */
export interface EventFeed {
  /**
   * The kept events after the one with this id, the oldest first. Undefined: that event is not kept, so some may be missing. Without an id:
   * all kept events.
   */
  after(id?: string): readonly ProcessEvent[] | undefined;
  /** Calls `listener` with every event from now on, until the result is called. The listener must not throw. */
  subscribe(listener: (event: ProcessEvent) => void): () => void;
}

/** What a running process tells about itself. Everything is computed when it is asked for. */
export interface StatusReader {
  status(): ProcessStatus;
  /** Undefined: there is no such target. */
  target(name: string): Promise<TargetDetail | undefined>;
  /** The instances of each service of each source, in the order of the config and then by name, from after this place on. */
  services(after?: { readonly source: string; readonly service: string }): Iterable<readonly ListedInstance[]>;
  /** The rejected registrations of all sources, in the order of the config. */
  rejected(): readonly Rejection[];
  /** What was counted since the start. */
  measures(): Measures;
  readonly events: EventFeed;
}

/** What an operator can ask of a running process. */
export interface Operations {
  /**
   * Lets go of what the guard of a target holds now, of one of its services or of all. Without a service, outputs that are kept because a
   * list has emptied their view follow it too.
   *
   * @returns the number of holds that end. Undefined: there is no such target.
   * @throws RollcallError `STATE_UNWRITABLE`: the holds end all the same, but a restart would not know it
   */
  release(target: string, service?: string): Promise<number | undefined>;
  /** Looks at all outputs again, at once, and retries what failed or was refused. False: there is no such target. */
  resync(target: string): boolean;
}

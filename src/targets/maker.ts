import type { Etcd } from '../etcd/client.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { RollcallError } from '../model/errors.js';
import type { Service } from '../model/instance.js';
import type { Omission } from '../model/left-out.js';
import type { Quarantine, View } from '../model/view.js';
import type { Dialect } from '../render/dialects/grammar.js';
import type { Check } from '../ports/check.js';
import type { Journal, JournalReader, Originals } from '../ports/journal.js';
import type { Leader } from '../ports/leader.js';
import type { Clock, Log } from '../ports/runtime.js';
import type { Target, TargetReader } from '../ports/target.js';
import type { BlockPath } from './claim.js';
import type { OnStep } from './transaction.js';

/** Makes the targets of one kind. `O` is a block of the config as the kind's schema has parsed it. */
export interface TargetMaker<O = unknown> {
  /** For commands that read beside a running process: the reader writes nothing. */
  createReader(options: O, deps: ReaderDeps): TargetReader;
  createTarget(options: O, deps: TargetDeps): Target;
  /**
   * Asks the destination of the outputs whether it answers and lets rollcall read what is there. It changes nothing. For `validate`, which asks
   * etcd and the cluster by itself. Absent: there is nothing to ask.
   *
   * @returns the problems
   * @throws the reason of the signal
   */
  probe?(options: O, deps: Pick<ReaderDeps, 'clock'>, signal: AbortSignal): Promise<readonly DestinationProblem[]>;
}

/** A reason why a target cannot be written at its destination. */
export interface DestinationProblem {
  /** Path of the setting in the block. */
  readonly at: BlockPath;
  readonly error: RollcallError;
}

/** Renders the text of an output. */
export interface Renderer {
  render(view: View, service?: Service): RenderedOutput;
}

export interface RenderedOutput {
  /** Not to be used when `rejected` is not empty. */
  readonly text: string;
  /** The same text in pieces; those of unchanged services are usually the same string objects. Default: one piece. */
  readonly pieces?: readonly string[];
  /** True: other services of the view had no part in it. */
  readonly isLocal?: boolean;
  readonly rejected: readonly Quarantine[];
  /** Host names that are left out of the text. */
  readonly omitted?: readonly Quarantine[];
}

/** A compiled template of the block. */
export interface CompiledTemplate {
  readonly template: Renderer;
  /** Name of a built-in template, or path of a file. */
  readonly name?: string;
  readonly dialect?: Dialect;
  /** What the template leaves out of its outputs with these vars. */
  readonly omits?: (vars: View['vars']) => readonly Omission[];
  /** Present when the use has a path pattern: renders the path of one service's output. */
  readonly path?: Renderer;
}

/** Dependencies of a reader. Each kind uses some of them. */
export interface ReaderDeps {
  /** Name of the target. */
  readonly target: string;
  readonly journal: JournalReader;
  /** Absolute path of the target's own directory below the stateDir. The target creates it when it needs it. */
  readonly scratch: string;
  /** The compiled templates, in the order of `TargetKind.templates`. */
  readonly templates: readonly CompiledTemplate[];
  /** The contents of all outputs are secret, because the kind or a source of the target is secret. */
  readonly secret: boolean;
  readonly clock: Clock;
  /** Returns the connection for a block; undefined: the main connection. The caller owns it and closes it. */
  connect(block: EtcdBlock | undefined): Etcd;
  /** The cluster of the config. The caller closes it. */
  readonly cluster: ClusterAccess;
}

/** Dependencies of a target. */
export interface TargetDeps extends ReaderDeps {
  readonly journal: Journal;
  readonly check?: Check | undefined;
  /**
   * Entries of `TargetRecord.owned` that the target of this name had under an earlier config of this process. They are the target's own
   * even if the present config does not make them: a kind that looks at them can remove them.
   */
  readonly vouched?: readonly string[] | undefined;
  /** Decides whether this process may write the target: it is asked before each write. Absent: it may. */
  readonly leader?: Leader | undefined;
  /** For the contents of an output that the target replaces and did not make. Default: they are not kept. */
  readonly originals?: Originals | undefined;
  readonly log: Log;
  /** Absent outside tests. For `createTransactions`, and for the steps that `OnStep` leaves to the kind. */
  readonly onStep?: OnStep | undefined;
}

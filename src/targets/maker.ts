import type { Etcd } from '../etcd/client.js';
import type { EtcdBlock } from '../etcd/schema.js';
import type { Service } from '../model/instance.js';
import type { Quarantine, View } from '../model/view.js';
import type { Check, Clock, Journal, JournalReader, Log, Target, TargetReader } from '../ports.js';
import type { OnStep } from './transaction.js';

/** Makes the targets of one kind. `O` is a block of the config as the kind's schema has parsed it. */
export interface TargetMaker<O = unknown> {
  /** For commands that look beside a running process: nothing that it does writes anywhere. */
  createReader(options: O, deps: ReaderDeps): TargetReader;
  createTarget(options: O, deps: TargetDeps): Target;
}

/** What makes the text of an output. `text` is not to be used while `rejected` is not empty. */
export interface Renderer {
  render(view: View, service?: Service): { readonly text: string; readonly rejected: readonly Quarantine[] };
}

/** A template that the block names, compiled. */
export interface CompiledTemplate {
  readonly template: Renderer;
  /** Present when the use has a path pattern: makes the path of one service's output. */
  readonly path?: Renderer;
}

/** What a reader is made with; each kind takes its part. */
export interface ReaderDeps {
  /** Name of the target. */
  readonly target: string;
  readonly journal: JournalReader;
  /** Absolute path of a directory below the stateDir that is this target's own. Made when it is needed. */
  readonly scratch: string;
  /** One for each of the description's `templates`, in their order. */
  readonly templates: readonly CompiledTemplate[];
  /** Contents of all outputs are secret: the kind's are, or a source of the target is. */
  readonly secret: boolean;
  readonly clock: Clock;
  /** The connection to an etcd; undefined: to the main one. The caller owns it and closes it. */
  connect(block: EtcdBlock | undefined): Etcd;
}

/** What a target is made with, besides. */
export interface TargetDeps extends ReaderDeps {
  readonly journal: Journal;
  readonly check?: Check | undefined;
  /**
   * Entries of `TargetRecord.owned` that the target of this name had under an earlier config of this process. They are the target's own
   * even if the present config does not make them: a kind that looks at them can remove them.
   */
  readonly vouched?: readonly string[] | undefined;
  readonly log: Log;
  /** Absent outside tests. For `createTransactions`, and for the steps that `OnStep` leaves to the kind. */
  readonly onStep?: OnStep | undefined;
}

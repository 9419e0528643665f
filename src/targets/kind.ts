import type { z } from 'zod';
import type { EtcdBlock } from '../etcd/schema.js';
import type { Check, Clock, Journal, Log, Target } from '../ports.js';
import type { FileOptions } from './files/schema.js';
import type { Renderer } from './files/desired.js';
import type { RecordStore } from './skydns/observe.js';
import type { OnStep } from './transaction.js';

/** One kind of target: the block of the config that bears its name, and what is made from it. */
export interface TargetKind<S extends z.ZodType> {
  readonly schema: S;
  /** Why a check with `{staged}` cannot judge such a target, or undefined when it can. */
  whyNotStaged(options: z.output<S>): string | undefined;
  create(options: z.output<S>, deps: TargetDeps): Target;
}

/** What the kinds need; each takes its part. */
export interface TargetDeps {
  readonly target: string;
  readonly journal: Journal;
  /** `store.scratch(target)`. */
  readonly scratch: string;
  readonly check?: Check | undefined;
  /** Outputs that this process itself knows to be the target's, from an earlier config. */
  readonly vouched?: readonly string[] | undefined;
  readonly log: Log;
  readonly clock: Clock;
  /** Compiles the template of one file, and its path when that is a pattern. */
  compile(file: FileOptions): { readonly template: Renderer; readonly path?: Renderer };
  /** The etcd that a target writes to; undefined: the main one. */
  etcd(block: EtcdBlock | undefined): RecordStore;
  /** Told of every named step; absent outside tests. */
  readonly onStep?: OnStep | undefined;
}

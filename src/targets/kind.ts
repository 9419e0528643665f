import type * as z from 'zod';
import type { EtcdBlock } from '../etcd/schema.js';
import type { KeySelector } from '../model/key-prefix.js';
import type { Dialect } from '../render/dialects/grammar.js';
import type { BlockPath, OutputClaim } from './claim.js';
import type { TargetMaker } from './maker.js';

/**
 * What a kind of target says of itself. A description is pure and cheap to load: no files, no network, no processes, no clock, no
 * logger. What makes such targets is loaded by `load`, and only when a config uses the kind.
 *
 * `O` is what `schema` makes of a block. All functions but `claims` are given a block that `schema` has accepted.
 */
export interface TargetKind<O = unknown> {
  /** The key of a target that holds the kind's block, in camel case: `files`. */
  readonly key: string;
  /** Strict. `.meta({ description })` of each key is what the documentation says. */
  readonly schema: z.ZodType<O>;
  /**
   * Places within the block that hold a path of this machine, counted from the config's directory when relative: keys joined by dots,
   * `*` for each item of a list and each value of a map: `directory`, `*.path`. Relative paths become absolute and plain; absolute paths
   * stay as they are written. Neither templates nor what is within `etcdBlocks`.
   */
  readonly localPaths: readonly string[];
  /** Places within the block that hold an `etcd` block, written in the same way. */
  readonly etcdBlocks: readonly string[];
  /** True: contents of such targets are never shown. */
  readonly secret: boolean;
  /**
   * What a target of this block writes.
   *
   * @param block as it stands in the file, with absolute paths, of any shape: what has the wrong shape claims nothing. The schema's
   * defaults and transformations are not applied: the function does that itself. Never throws.
   */
  claims(block: unknown): readonly OutputClaim[];
  /** The templates of the block, in an order that the block determines. */
  templates(options: O): readonly TemplateUse[];
  /** What the target reads of an etcd: `validate` tries it. */
  reads(options: O): readonly EtcdRead[];
  /** Directories that must be there and be writable: `validate` looks at them. */
  directories(options: O): readonly DirectoryNeed[];
  /** Why a check with `{staged}` cannot judge such a target, and what to do: the message of an error. Undefined when it can. */
  whyNotStaged(options: O): string | undefined;
  /** Imports the maker: `async () => (await import('./maker.js')).filesMaker`. */
  load(): Promise<TargetMaker<O>>;
}

/** One template that a block names. */
export interface TemplateUse {
  /** Where its reference stands in the block. */
  readonly at: BlockPath;
  /** Name of a built-in template, or path of a file. */
  readonly reference: string;
  /** Undefined: what the template's head comment or the name of the output says. */
  readonly dialect: Dialect | undefined;
  /** `service`: it is rendered once for each service. */
  readonly scope: 'root' | 'service';
  /** Name of the output, for the dialect. */
  readonly output: string;
  /** With `service`: the pattern that makes a path for each service, and where it stands in the block. */
  readonly path?: { readonly text: string; readonly at: BlockPath };
}

/** Keys of an etcd that a target reads. */
export interface EtcdRead {
  /** The etcd, and where its block stands; undefined: the main etcd. */
  readonly etcd: { readonly block: EtcdBlock; readonly at: BlockPath } | undefined;
  readonly keys: KeySelector;
  /** Where the block names the keys. */
  readonly at: BlockPath;
}

/** A directory that a target writes to. */
export interface DirectoryNeed {
  /** Absolute. */
  readonly path: string;
  /** The target makes it when it is missing: then the next one above must be writable. */
  readonly made: boolean;
  /** Where the block names it. */
  readonly at: BlockPath;
}

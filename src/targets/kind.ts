import type * as z from 'zod';
import type { EtcdBlock } from '../etcd/schema.js';
import type { Permission } from '../kubernetes/permission.js';
import type { KeySelector } from '../model/key-prefix.js';
import type { Omission } from '../model/left-out.js';
import type { Dialect } from '../render/dialects/grammar.js';
import type { BlockPath, OutputClaim } from './claim.js';
import type { TargetMaker } from './maker.js';

/**
 * The description of a kind of target. It is pure and cheap to load: no files, no network, no processes, no clock, no logger.
 * `load` imports the code that makes such targets, and is called only when a config uses the kind.
 *
 * `O` is a block as `schema` has parsed it. All functions except `claims` receive such a block.
 */
export interface TargetKind<O = unknown> {
  /** The key of a target that holds the kind's block, in camel case: `files`. */
  readonly key: string;
  /** Strict. The `.meta({ description })` of each key is its text in the documentation. */
  readonly schema: z.ZodType<O>;
  /**
   * The values of the block that are paths of this machine: keys joined by dots, `*` for each item of a list and each value of a map, such
   * as `directory` or `*.path`. Relative paths count from the config's directory: they become absolute and plain. Absolute paths stay as
   * they are written. Without templates and the values in `etcdBlocks`.
   */
  readonly localPaths: readonly string[];
  /** The values of the block that are references to templates, in the same notation: the JSON Schema finds them there. */
  readonly templatePlaces: readonly string[];
  /** The values of the block that are `etcd` blocks, in the same notation. */
  readonly etcdBlocks: readonly string[];
  /** True: the contents of such targets are never shown. */
  readonly secret: boolean;
  /**
   * The outputs that a target with this block writes. Never throws.
   *
   * @param block the raw block with absolute paths. It may have any shape: a part of a wrong shape claims nothing. The schema's defaults
   * and transformations are not applied: the function applies them itself.
   */
  claims(block: unknown): readonly OutputClaim[];
  /** True: the outputs are the same for all processes with the same config, so only the leader of an election writes them. Absent: false. */
  readonly clusterWide?: boolean;
  /**
   * The names of sources that the block refers to. Never throws. The config refuses a name that no source has.
   *
   * @param block as in `claims`
   */
  sources?(block: unknown): readonly SourceReference[];
  /** What such a target leaves out of its outputs, whatever its templates. Absent: nothing. */
  readonly omits?: readonly Omission[];
  /** True: the consumer spreads connections evenly, so weights other than 0 have no effect. `validate` warns. Absent: false. */
  readonly isUnweighted?: boolean;
  /** The templates of the block. The same block gives the same order. */
  templates(options: O): readonly TemplateUse[];
  /** The etcd keys that the target reads: `validate` tries to read them. */
  reads(options: O): readonly EtcdRead[];
  /** The directories that must exist and be writable: `validate` checks them. */
  directories(options: O): readonly DirectoryNeed[];
  /** The users and groups of this machine that the block names: `validate` looks for them. */
  accounts(options: O): readonly AccountNeed[];
  /** What the target does with objects of the cluster: `rollcall rbac` prints it as a Role. Absent: it needs no cluster. */
  permissions?(options: O): readonly Permission[];
  /** Why a check with `{staged}` cannot judge such a target, and what to do: the message of an error. Undefined when it can. */
  whyNotStaged(options: O): string | undefined;
  /** Imports the maker: `async () => (await import('./maker.js')).filesMaker`. */
  load(): Promise<TargetMaker<O>>;
}

/** The name of a source in a block. */
export interface SourceReference {
  readonly name: string;
  /** Its place in the block. */
  readonly at: BlockPath;
}

/** One template that a block names. */
export interface TemplateUse {
  /** Path of the reference in the block. */
  readonly at: BlockPath;
  /** Name of a built-in template, or path of a file. */
  readonly reference: string;
  /** Undefined: the head comment of the template or the name of the output decides. */
  readonly dialect: Dialect | undefined;
  /** `service`: the template is rendered once for each service. */
  readonly scope: 'root' | 'service';
  /** Name of the output, for the dialect. */
  readonly output: string;
  /** With `service`: the pattern for the path of each service's output, and the pattern's path in the block. */
  readonly path?: { readonly text: string; readonly at: BlockPath };
}

/** Keys of an etcd that a target reads. */
export interface EtcdRead {
  /** The `etcd` block and its path; undefined: the main etcd. */
  readonly etcd: { readonly block: EtcdBlock; readonly at: BlockPath } | undefined;
  readonly keys: KeySelector;
  /** Path of the setting that names the keys. */
  readonly at: BlockPath;
}

/** A user or group that must exist. */
export interface AccountNeed {
  readonly type: 'user' | 'group';
  readonly name: string;
  /** Path of the setting that names it. */
  readonly at: BlockPath;
}

/** A directory that a target writes to. */
export interface DirectoryNeed {
  /** Absolute. */
  readonly path: string;
  /** The target creates it if it is missing: then its parent directory must be writable. */
  readonly made: boolean;
  /** Path of the setting that names it. */
  readonly at: BlockPath;
}

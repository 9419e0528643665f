/** A path within the block of a kind: keys and 0-based indexes. Empty: the block itself. */
export type BlockPath = readonly (string | number)[];

/**
 * An output that a target writes, as far as its block says so. The config refuses two targets that claim the same output, and a
 * target that writes keys which a source reads. `at` is the place in the block for errors.
 */
export type OutputClaim = FileClaim | KeysClaim | ObjectClaim | NameClaim;

/** A file. */
export interface FileClaim {
  readonly type: 'file';
  /**
   * Absolute, without `//`, `.`, `..` or a slash at its end: paths are compared as texts. In its last segment, `{{…}}` stands for any
   * text. A directory of outputs is claimed so, too: `/run/links/{{service.name}}`.
   */
  readonly path: string;
  readonly at: BlockPath;
}

/** Keys of an etcd. Two targets may write below the same directory if their owners differ. */
export interface KeysClaim {
  readonly type: 'keys';
  /** The raw `etcd` block of the etcd to write to; undefined: the main etcd, which the sources read. */
  readonly etcd: unknown;
  /** Ends with a slash. A source of the same etcd may not read below it. */
  readonly tree: { readonly prefix: string; readonly at: BlockPath };
  /** The directory of the keys and the owner in their values; undefined when the block lacks one of them. */
  readonly records: { readonly directory: string; readonly owner: string; readonly at: BlockPath } | undefined;
}

/** An object of the cluster. */
export interface ObjectClaim {
  readonly type: 'object';
  /** The kind of object: `configmap`. */
  readonly word: string;
  /** Undefined: that of the `kubernetes` block; without one there, the cluster decides. */
  readonly namespace: string | undefined;
  /** `{{…}}` stands for any text. */
  readonly name: string;
  readonly at: BlockPath;
}

/** Any other output, identified by a name. Two targets may not claim the same name. */
export interface NameClaim {
  readonly type: 'name';
  /** Begins with the type of the output, so that names of different types differ: `zone svc.example.com`. */
  readonly name: string;
  readonly at: BlockPath;
}

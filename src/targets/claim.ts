/** A place within the block of a kind: keys and 0-based indexes. Empty: the block itself. */
export type BlockPath = readonly (string | number)[];

/**
 * What a target writes, as far as its block says so. The config refuses two targets whose claims meet, and a target whose keys a
 * source reads. `at` is the place in the block that an error shows.
 */
export type OutputClaim = FileClaim | KeysClaim | NameClaim;

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

/** Keys of an etcd. Two targets may write below one directory when their owners differ. */
export interface KeysClaim {
  readonly type: 'keys';
  /** The raw `etcd` block that is written to; undefined: the main etcd, which the sources read. */
  readonly etcd: unknown;
  /** Ends with a slash. A source of the same etcd may not read below it. */
  readonly tree: { readonly prefix: string; readonly at: BlockPath };
  /** Where the keys lie and whose name their values bear; undefined while the block does not say. */
  readonly records: { readonly directory: string; readonly owner: string; readonly at: BlockPath } | undefined;
}

/** Anything else that has a name of its own: two targets may not claim an equal name. */
export interface NameClaim {
  readonly type: 'name';
  /** Begins with what it names, so that names of different things differ: `configmap edge/upstreams`. */
  readonly name: string;
  readonly at: BlockPath;
}

import type { Service } from './instance.js';
import type { Rejection } from './format.js';
import type { Pair } from './pair.js';

/** One source at one revision. Frozen. A service that a batch did not touch is the same object as before. */
export interface SourceSnapshot {
  readonly source: string;
  /** The canonical prefix: it ends in a slash or a star, or is one key, or is empty. */
  readonly prefix: string;
  /** How services and ids are found in its keys: `<service>/<id>`. */
  readonly keys: string;
  /** The source's `select`, `addresses` and `requireLease` as JSON: what these left out is not here. */
  readonly filters: string;
  /** Name of the format in use: never `auto`, but the format that `auto` decided on. */
  readonly format: string;
  /** The revision of the last folded batch, decimal int64. */
  readonly revision: string;
  readonly clusterId: string;
  /** By name, in code-unit order of the names. `expected` is always false here: only a view sets it. */
  readonly services: ReadonlyMap<string, Service>;
  /** The pairs of a raw source, in code-unit order of the keys. Empty for other formats. */
  readonly pairs: readonly Pair[];
  /** Sorted by key. */
  readonly rejected: readonly Rejection[];
  /**
   * The number of keys read, of ignored keys among them, of registrations without a lease (0 for a raw source), and of instances that
   * `select` left out.
   */
  readonly counts: {
    readonly keys: number;
    readonly ignored: number;
    readonly leaseless: number;
    readonly filtered: number;
  };
}

/** All sources that have listed at least once, in the order of the config. */
export interface Snapshot {
  readonly sources: readonly SourceSnapshot[];
  /**
   * By source, the identity of the complete list that its content goes back to: another object after every list, and when the keys are
   * read in another format; the same one after watched changes. Absent for a snapshot that was not made by lists, such as one from disk.
   */
  readonly lists?: ReadonlyMap<string, object>;
  /** True while this is the last good snapshot from disk, and etcd has not answered yet. */
  readonly stale: boolean;
}

import type { Service } from './instance.js';
import type { Rejection } from './format.js';
import type { Pair } from './pair.js';

/** One source at one revision. Frozen; a service that a batch did not touch is the same object as before. */
export interface SourceSnapshot {
  readonly source: string;
  /** Canonical: it ends in a slash, or in a star, or is one key, or empty. */
  readonly prefix: string;
  /** How services and ids were found in its keys: `<service>/<id>`. */
  readonly keys: string;
  /** Name of the format in force: what `auto` decided, never `auto` itself. */
  readonly format: string;
  /** Decimal int64 of the last batch folded in. */
  readonly revision: string;
  readonly clusterId: string;
  /** By name, in code-unit order of the names. `expected` is false here: it is a matter of a target's view. */
  readonly services: ReadonlyMap<string, Service>;
  /** Of a raw source: sorted by key, code units. Empty otherwise. */
  readonly pairs: readonly Pair[];
  /** Sorted by key. */
  readonly rejected: readonly Rejection[];
  /** Keys read; those among them that are markers; instances that `select` left out. */
  readonly counts: { readonly keys: number; readonly ignored: number; readonly filtered: number };
}

/** The sources that have listed at least once, in the order of the config. */
export interface Snapshot {
  readonly sources: readonly SourceSnapshot[];
  /** True while it is the last good one from disk and etcd has not confirmed it. */
  readonly stale: boolean;
}

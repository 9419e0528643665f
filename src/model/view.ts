import type { Service } from './instance.js';
import type { Pair } from './pair.js';

/** A nested tree of a raw source's keys below its prefix: directories are objects (null prototype), leaves strings. */
export interface Tree {
  readonly [segment: string]: string | Tree;
}

/**
 * What a target is made from: the snapshot, selected for the target. Everything in it is frozen plain data. There is
 * no clock and no randomness in it: same view, same bytes.
 */
export interface View {
  /** Sorted by name, code units. The same object as before when nothing in it changed. */
  readonly services: readonly Service[];
  readonly kv: {
    /** Of all raw sources of the target, sorted by key. */
    readonly pairs: readonly Pair[];
    /** By source name, then by the key's segments below the source's prefix; a key that is also a directory keeps its
     * own value under the segment `''`. */
    readonly tree: Readonly<Record<string, Tree>>;
  };
  /** The config's `vars`, the target's own over them. Any YAML value. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Only the names that the config's `env` allows; `''` when the process has none. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: { readonly name: string };
}

/** Something that was kept out of one target because it would have broken it. */
export interface Quarantine {
  readonly service: string;
  /** Absent when the whole service is kept out. */
  readonly instance?: { readonly id: string; readonly key: string; readonly address: string; readonly port: number };
  /** One sentence: the place (template:line:column, output) and what is wrong; never a registration's value. */
  readonly reason: string;
}

import type { Service } from './instance.js';
import type { Pair } from './pair.js';

/** The keys of a raw source below its prefix, as a nested tree: directories are objects (null prototype), leaves are strings. */
export interface Tree {
  readonly [segment: string]: string | Tree;
}

/**
 * The input of a target: the snapshot, selected for it. Everything in it is frozen plain data, without clock and randomness: the
 * same view always gives the same bytes.
 */
export interface View {
  /** In code-unit order of the names. The same object as before when nothing changed. */
  readonly services: readonly Service[];
  readonly kv: {
    /** The pairs of all raw sources of the target, sorted by key. */
    readonly pairs: readonly Pair[];
    /** By source name, then by the segments of the key below the source's prefix. A key that is also a directory has its
     * own value under the segment `''`. */
    readonly tree: Readonly<Record<string, Tree>>;
  };
  /** The config's `vars`, overridden by the target's own. Any YAML value. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Only the variables that the config's `env` allows; `''` when the process does not have one. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: { readonly name: string };
}

/** A service, an instance or one host name of a service that is kept out of one target, because it would break the target. */
export interface Quarantine {
  readonly service: string;
  /** Absent when the whole service is kept out. */
  readonly instance?: { readonly id: string; readonly key: string; readonly address: string; readonly port: number };
  /**
   * The host name, as registered, that is kept out alone: the service and its instances stay. At most 80 characters; '' when the target is
   * secret, and for the rest of many names.
   */
  readonly hostName?: string;
  /** One sentence: the location (template:line:column, output) and the problem. Never contains a registration's value. */
  readonly reason: string;
}

/** `name` is a lower-case RFC 1123 host name; the other two are canonical IP literals. */
export type Family = 'ipv4' | 'ipv6' | 'name';

/** What the registration says of itself. Built-in templates leave critical out and drain draining ones. */
export type Status = 'passing' | 'draining' | 'critical';

/**
 * One reachable endpoint of a service, validated: templates and targets may rely on every field being there.
 * Frozen, and so are `tags` and `metadata`.
 */
export interface Instance {
  /** Id of the registration, unique within its service and source unless one registration has several addresses. */
  readonly id: string;
  readonly service: string;
  /** Name of the source (config) it was read from; of a live set, the prefix that it watches. */
  readonly source: string;
  /** The etcd key it was read from (the first in code-unit order when several keys make one instance). */
  readonly key: string;
  /** IP literal without brackets in canonical form (RFC 5952 for IPv6), or a lower-case RFC 1123 name. */
  readonly address: string;
  readonly family: Family;
  /** `address`, in brackets when it is IPv6: ready to be followed by `:port`. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** 0 to 65535; the format's default and its meaning of 0 are already applied. 0 means: no new traffic. */
  readonly weight: number;
  /** `''` when unknown, as are `zone` and `version`. */
  readonly scheme: string;
  readonly zone: string;
  readonly version: string;
  /** Sorted by code unit, without duplicates. */
  readonly tags: readonly string[];
  /** Null prototype; keys in code-unit order, after those that are whole numbers (as JavaScript has it). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: Status;
  /** True while only the guard keeps it: it has left etcd. */
  readonly held: boolean;
}

/** A named set of instances, sorted by address (IPv4, IPv6, names; numerically), port, id. Frozen. */
export interface Service {
  /** As decoded, without control characters. */
  readonly name: string;
  readonly instances: readonly Instance[];
  /** True if the target's `expect` names it; such a service is in the view even when it is empty. */
  readonly expected: boolean;
}

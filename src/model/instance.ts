/** A canonical IP literal, or for `name` a lower-case RFC 1123 host name. */
export type Family = 'ipv4' | 'ipv6' | 'name';

/** The status in the registration. Built-in templates leave out critical instances and drain draining ones. */
export type Status = 'passing' | 'draining' | 'critical';

/**
 * One reachable endpoint of a service. It is validated: every field is present. It is frozen, and so are `tags` and
 * `metadata`.
 */
export interface Instance {
  /** Id of the registration. Unique within its service and source, unless one registration has several addresses. */
  readonly id: string;
  readonly service: string;
  /** Name of its source in the config; for a live set of `discover`, the prefix that it watches. */
  readonly source: string;
  /** Its etcd key. When several keys make one instance, the first in code-unit order. */
  readonly key: string;
  /** IP literal without brackets in canonical form (RFC 5952 for IPv6), or a lower-case RFC 1123 name. */
  readonly address: string;
  readonly family: Family;
  /** `address`, with brackets for IPv6, so that `:port` can follow. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** 0 to 65535; the format's default and its meaning of 0 are already applied. 0 means: no new traffic. */
  readonly weight: number;
  /** `''` when unknown. */
  readonly scheme: string;
  /** `''` when unknown. */
  readonly zone: string;
  /** `''` when unknown. */
  readonly version: string;
  /** Sorted by code unit, without duplicates. */
  readonly tags: readonly string[];
  /** Null prototype. Keys are in code-unit order, but whole numbers come first, as in every JavaScript object. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: Status;
  /** True while only the guard keeps it, because it has left etcd. */
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

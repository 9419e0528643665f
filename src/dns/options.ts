import type { Names } from './names.js';

/** What decides the records of services in one zone. */
export interface PlanOptions {
  /** Name of the zone, in lower case, without a final dot. */
  readonly zone: string;
  readonly names: Names;
  /** Seconds for which resolvers may cache a record. */
  readonly ttl: number;
  /** The same, by name of the instance's source. */
  readonly sourceTtl: Readonly<Record<string, number>>;
  /** Of all SRV records. */
  readonly priority: number;
  /** The fields of an instance that its TXT record holds: `version`, `zone`, `scheme`, `tags`, `metadata.NAME`. */
  readonly txt: readonly string[];
  /** What becomes of a service whose name is no label. */
  readonly unfit: 'reject' | 'map';
  /** What other data of the zone is at the name, or delegates it away: a few words. Undefined: nothing. */
  readonly taken: (name: string) => string | undefined;
  /** Whether other data of the zone gives this name addresses. */
  readonly hasAddress: (name: string) => boolean;
}

import type { Change } from '../../ports/output.js';
import { fullName } from '../kube-objects/full-name.js';
import type { TextMap } from '../kube-objects/metadata.js';
import type { ClusterView } from './cluster-view.js';
import type { DesiredService } from './desired-service.js';
import type { Fields } from './fields.js';
import type { ObjectType, ObservedObject } from './observed.js';
import type { SlicesSpec } from './spec.js';

/** What `diff` compares with. */
export interface ObservedServices {
  /** Where the desired objects are. */
  readonly namespace: string;
  /** The desired services to compare; those that are not here are in step. */
  readonly looked: readonly DesiredService[];
  readonly view: Readonly<ClusterView>;
  /** Full names of Services that are not desired, and that have objects of this target. */
  readonly unwanted: readonly string[];
  /** Full names of the Services in the journal. */
  readonly recorded: ReadonlySet<string>;
  /** Everything was read: sparse slices may be packed. */
  readonly isWhole: boolean;
  /** By uid, the digests of objects that did not become as they were written: `settledDigest`. */
  readonly settled: ReadonlyMap<string, string>;
}

/** An object as it is to be. */
export interface WantedObject {
  readonly labels: TextMap;
  readonly fields: Fields;
  readonly digest: string;
}

/** The write of one object. */
export interface ObjectWrite {
  readonly type: ObjectType;
  readonly namespace: string;
  readonly name: string;
  /** Name of the Service that it is or belongs to. */
  readonly service: string;
  /** The Service is no longer desired. */
  readonly isGone: boolean;
  /** The object as it is; undefined: there is none. */
  readonly before: ObservedObject | undefined;
  /** Null: the object is removed. */
  readonly after: WantedObject | null;
  /** Writes are made in the order of this number: no address is missing and no Service without its endpoints between two writes. */
  readonly rank: number;
}

/** The full name of the Service that an object is or belongs to. */
export function serviceOf({ namespace, service }: Pick<ObjectWrite, 'namespace' | 'service'>): string {
  return fullName({ namespace, name: service });
}

/** The change of a Service, or of all slices of one of its groups together. */
export interface ServiceChange extends Change {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly writes: readonly ObjectWrite[];
}

/** The name of the output of a Service, or of the slices of one group. */
export type OutputName = (type: ObjectType, name: { readonly namespace?: string; readonly name: string }) => string;

export interface Comparison extends SlicesSpec {
  readonly outputOf: OutputName;
}

/** What is remembered of an object that another program changes at each write, so that it is not written for ever. */
export function settledDigest(wanted: string, found: string): string {
  return `${wanted} ${found}`;
}

import { compareText } from '../../model/order.js';
import type { Change } from '../../ports/output.js';
import { fullName } from '../kube-objects/full-name.js';
import { digestAnnotation } from '../kube-objects/marks.js';
import { hasMetadata, labelsWith } from '../kube-objects/metadata.js';
import { describeOwner, isOurs, type Marks } from '../kube-objects/ownership.js';
import type { DesiredEntry, DesiredObject, ObjectSpec } from './desired-object.js';
import { foreignKeys, ownFields } from './ownership.js';
import type { ObservedObject } from './observed.js';

/** What `diff` compares with. */
export interface ObservedObjects {
  /** Where the desired objects are. */
  readonly namespace: string;
  /** The desired objects to compare; those that are not here are in step. */
  readonly looked: readonly DesiredObject[];
  /** By full name: the objects at the names of `looked`. */
  readonly objects: ReadonlyMap<string, ObservedObject>;
  /** Objects that this target made and that are no longer desired. */
  readonly unwanted: readonly ObservedObject[];
  /** Full names of the objects that the journal lists. */
  readonly recorded: ReadonlySet<string>;
}

/** The write of one object: all its keys and labels at once. */
export interface ObjectWrite {
  readonly namespace: string;
  readonly name: string;
  /** The object as it is; undefined: there is none. */
  readonly before: ObservedObject | undefined;
  /** Null: the object is removed. */
  readonly after: DesiredObject | null;
  /** The data does not change: only labels or annotations. */
  readonly isMetadataOnly: boolean;
}

/** The change of one key; or of an object of which no key changes. Changes of one object share its write. */
export interface ObjectChange extends Change {
  readonly write: ObjectWrite;
  /** The stored values. */
  readonly before: Buffer | undefined;
  readonly after: DesiredEntry | undefined;
}

/** What a target knows when it compares. */
export interface Comparison {
  readonly spec: ObjectSpec;
  readonly marks: Marks;
  /** The name of an output: `configmap/edge/upstreams/upstreams.conf`. */
  readonly outputOf: (object: { readonly namespace?: string; readonly name: string }, key?: string) => string;
}

/** Sorted by output. Objects of `conflictsOf` are not changed. */
export function diffObjects(observed: ObservedObjects, comparison: Comparison): readonly ObjectChange[] {
  const changes = observed.looked.flatMap((object) => {
    const there = observed.objects.get(fullName({ namespace: observed.namespace, name: object.name }));
    if (there && conflictOf(there, object, observed, comparison) !== undefined) return [];
    return compare(object, there, observed, comparison);
  });
  const removals = observed.unwanted.flatMap((there) => remove(there, comparison));
  return [...changes, ...removals].sort((a, b) => compareText(a.output, b.output));
}

/** Desired objects that are not written, because they are another program's. By output, why. */
export function conflictsOf(observed: ObservedObjects, comparison: Comparison): ReadonlyMap<string, string> {
  const conflicts = new Map<string, string>();
  for (const object of observed.looked) {
    const there = observed.objects.get(fullName({ namespace: observed.namespace, name: object.name }));
    const why = there && conflictOf(there, object, observed, comparison);
    if (why !== undefined) conflicts.set(comparison.outputOf(object), why);
  }
  return conflicts;
}

function conflictOf(
  there: ObservedObject,
  object: DesiredObject,
  { recorded }: ObservedObjects,
  { spec, marks }: Comparison,
): string | undefined {
  if (spec.force) return undefined;
  if (!isOurs(there, marks, recorded.has(fullName(there)))) return describeOwner(there);
  const differing = new Set(
    object.entries.filter(({ key, stored }) => there.data.get(key)?.equals(stored) !== true).map(({ key }) => key),
  );
  const [first] = foreignKeys(there, differing, marks.manager);
  if (first === undefined) return undefined;
  const others = there.managers.filter(({ operation, name }) => operation === 'Apply' && name !== marks.manager);
  return `another program applies its key ${first}: ${others.map(({ name }) => name).join(', ')}`;
}

function compare(
  object: DesiredObject,
  there: ObservedObject | undefined,
  { namespace, recorded }: ObservedObjects,
  { spec, marks, outputOf }: Comparison,
): ObjectChange[] {
  const before = there;
  const own = there && ownFields(there, marks.manager);
  const leftover = [...(own ? [...own.data, ...own.binaryData] : [])].filter(
    (key) => there?.data.has(key) === true && !object.entries.some((entry) => entry.key === key),
  );
  const changed = object.entries.filter(({ key, stored }) => {
    const value = there?.data.get(key);
    return value?.equals(stored) !== true || isMisplaced(spec, there, key);
  });
  const isData = changed.length + leftover.length > 0 || there === undefined;
  const isStale = there !== undefined && there.annotations[digestAnnotation] !== object.digest;
  const isMine = there === undefined || isOurs(there, marks, recorded.has(fullName(there)));
  if (
    !isData &&
    !isStale &&
    isMine &&
    hasMetadata({ labels: labelsWith(spec.labels, marks), annotations: spec.annotations }, there, own)
  )
    return [];
  const write: ObjectWrite = { namespace, name: object.name, before, after: object, isMetadataOnly: !isData };
  const changes = [
    ...changed.map((entry): ObjectChange => {
      const value = there?.data.get(entry.key);
      return {
        action: value ? 'update' : 'create',
        output: outputOf(object, entry.key),
        ...{ bytes: entry.stored.length, write, before: value, after: entry },
      };
    }),
    ...leftover.map((key): ObjectChange => ({
      action: 'delete',
      output: outputOf(object, key),
      ...{ bytes: 0, write, before: there?.data.get(key), after: undefined },
    })),
  ];
  return changes.length > 0 ? changes : [metadataChange(write, outputOf(object))];
}

function metadataChange(write: ObjectWrite, output: string): ObjectChange {
  return { action: 'update', output, bytes: 0, write, before: undefined, after: undefined };
}

/** A ConfigMap has a compressed value in `binaryData` and any other in `data`. */
function isMisplaced({ compress }: ObjectSpec, there: ObservedObject | undefined, key: string): boolean {
  return there?.isEncoded === false && there.binary.has(key) !== compress;
}

function remove(there: ObservedObject, { spec, marks, outputOf }: Comparison): ObjectChange[] {
  const { namespace, name } = there;
  const write: ObjectWrite = { namespace, name, before: there, after: null, isMetadataOnly: false };
  const keys = keysOf(there, spec, marks);
  if (keys.length === 0) return [{ ...metadataChange(write, outputOf(there)), action: 'delete' }];
  return keys.map((key) => ({
    action: 'delete',
    output: outputOf(there, key),
    ...{ bytes: 0, write, before: there.data.get(key), after: undefined },
  }));
}

/** The keys of an object that the target made: those that it applied, and those that its config names. */
export function keysOf(there: ObservedObject, { entries }: ObjectSpec, { manager }: Marks): readonly string[] {
  const own = ownFields(there, manager);
  return [...there.data.keys()].filter(
    (key) =>
      own?.data.has(key) === true || own?.binaryData.has(key) === true || entries.some((entry) => entry.key === key),
  );
}

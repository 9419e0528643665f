import { KubeError } from '../../kubernetes/failure.js';
import type { ObjectStore } from '../kube-objects/fence.js';
import { fullName, splitName } from '../kube-objects/full-name.js';
import { inParallel } from '../kube-objects/in-parallel.js';
import { digestAnnotation, ownerLabel } from '../kube-objects/marks.js';
import { ownedNames } from '../kube-objects/owned.js';
import { isOurs, type Marks } from '../kube-objects/ownership.js';
import { digestOfKeys, readObserved, type ObservedObject } from './observed.js';
import type { DesiredObjects } from './desired.js';
import type { DesiredObject, ObjectSpec } from './desired-object.js';
import type { ObservedObjects } from './diff.js';
import type { ObjectKind } from './object-kind.js';
import { lastEditor } from './ownership.js';

/** The objects as far as this process knows them, by full name: as they were last read or written. */
export type KnownObjects = Map<string, ObservedObject>;

export interface ObserveDeps {
  readonly kind: ObjectKind;
  readonly kube: ObjectStore;
  readonly spec: ObjectSpec;
  readonly marks: Marks;
  /** Where the desired objects are. */
  readonly namespace: string;
  /** Entries of `TargetRecord.owned`. */
  readonly owned: readonly string[];
}

export interface Observation extends ObservedObjects {
  /** Full names of recorded objects that do not exist. */
  readonly gone: readonly string[];
  /** Full names of objects that are the target's own and not recorded. */
  readonly found: readonly string[];
  /** Objects that another program has changed or removed since the target wrote them, one sentence each. */
  readonly drifted: readonly string[];
  /** Full names of recorded objects that are not desired, and that we may not read. */
  readonly hidden: readonly string[];
}

/**
 * Reads all objects of a target: those of a fan-out by one list of the objects with the labels of the owner, all others one by one.
 *
 * @param known receives what was read
 */
export async function observeAll(
  desired: DesiredObjects,
  deps: ObserveDeps,
  known: KnownObjects,
  signal: AbortSignal,
): Promise<Observation> {
  const { kind, kube, spec, marks, namespace } = deps;
  const recorded = new Set(ownedNames(kind, deps.owned));
  const wanted = new Map(desired.objects.map((object) => [fullName({ namespace, name: object.name }), object]));
  known.clear();
  if (spec.fanOut) {
    const labelSelector = `${ownerLabel}=${marks.owner}`;
    const { objects } = await kube.list({ resource: kind.resource, namespace, labelSelector }, { signal });
    for (const object of objects) {
      const there = readObserved(kind, object);
      known.set(fullName(there), there);
    }
  }
  const missing = [...new Set([...wanted.keys(), ...recorded])].filter((name) => !known.has(name));
  const hidden: string[] = [];
  await inParallel(missing, async (name) => {
    try {
      const object = await kube.get(kind.resource, splitName(name), signal);
      if (object) known.set(name, readObserved(kind, object));
    } catch (error) {
      if (wanted.has(name) || !(error instanceof KubeError) || error.code !== 'KUBE_DENIED') throw error;
      hidden.push(name);
    }
  });
  const ours = [...known].filter(([name, there]) => isOurs(there, marks, recorded.has(name)));
  return {
    namespace,
    looked: desired.objects,
    objects: known,
    unwanted: ours.flatMap(([name, there]) => (wanted.has(name) ? [] : [there])),
    recorded,
    gone: [...recorded].filter((name) => !known.has(name) && !wanted.has(name) && !hidden.includes(name)),
    found: ours.flatMap(([name]) => (recorded.has(name) ? [] : [name])),
    drifted: driftOf(wanted, { recorded, known, marks }),
    hidden,
  };
}

/** What a target knows of its objects between two looks at all of them. */
interface ObjectsMemory {
  readonly known: KnownObjects;
  /** Names of objects that are not in step, although they may not have changed. */
  readonly again: ReadonlySet<string>;
}

/**
 * Looks only at what differs from desired objects that are in step, and reads only objects that are not known yet.
 */
export async function observeChanges(
  desired: DesiredObjects,
  since: DesiredObjects,
  deps: ObserveDeps,
  { known, again }: ObjectsMemory,
  signal: AbortSignal,
): Promise<Observation> {
  const { kind, kube, namespace, marks } = deps;
  const recorded = new Set(ownedNames(kind, deps.owned));
  const before = new Set(since.objects);
  const digests = new Map(since.objects.map(({ name, digest }) => [name, digest]));
  const looked = desired.objects.filter(
    (object) => again.has(object.name) || (!before.has(object) && digests.get(object.name) !== object.digest),
  );
  const present = new Set(desired.objects.map(({ name }) => name));
  const left = [...since.objects.map(({ name }) => name), ...again].filter((name) => !present.has(name));
  const gone = new Set(left.map((name) => fullName({ namespace, name })));
  const unread = [...looked.map(({ name }) => name), ...again].map((name) => fullName({ namespace, name }));
  await inParallel(
    [...new Set(unread)].filter((name) => !known.has(name)),
    async (name) => {
      const found = await kube.get(kind.resource, splitName(name), signal);
      if (found) known.set(name, readObserved(kind, found));
    },
  );
  const unwanted = [...gone].flatMap((name) => known.get(name) ?? []);
  return {
    ...{ namespace, looked, objects: known, recorded },
    unwanted: unwanted.filter((there) => isOurs(there, marks, recorded.has(fullName(there)))),
    ...{ gone: [], found: [], drifted: [], hidden: [] },
  };
}

function driftOf(
  wanted: ReadonlyMap<string, DesiredObject>,
  {
    recorded,
    known,
    marks,
  }: { readonly recorded: ReadonlySet<string>; readonly known: KnownObjects; readonly marks: Marks },
): string[] {
  return [...wanted].flatMap(([name, { entries }]) => {
    if (!recorded.has(name)) return [];
    const there = known.get(name);
    if (!there) return [`${name} was removed by another program`];
    const keys = new Set(entries.map(({ key }) => key));
    const written = there.annotations[digestAnnotation];
    if (!isOurs(there, marks, true) || written === undefined || written === digestOfKeys(there, keys)) return [];
    // After an edit of the config, the object may lack a key or have another one: only an editor makes it drift.
    const editor = lastEditor(there, keys, marks.manager);
    return editor === undefined ? [] : [`${name} was changed by ${editor}`];
  });
}

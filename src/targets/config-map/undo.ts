import * as z from 'zod';
import { compareText } from '../../model/order.js';
import type { ObjectStore } from '../kube-objects/fence.js';
import { fullName } from '../kube-objects/full-name.js';
import { ownerLabel } from '../kube-objects/marks.js';
import { revertBackwards } from '../kube-objects/revert-backwards.js';
import { changeOwned } from '../kube-objects/owned.js';
import type { Marks } from '../kube-objects/ownership.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import { digestOf } from './content.js';
import type { DesiredObject, ObjectSpec } from './desired-object.js';
import { keysOf, type ObjectWrite } from './diff.js';
import type { ObjectKind } from './object-kind.js';
import { readObserved, type ObservedObject } from './observed.js';
import { dataOf } from './write.js';

const texts = z.record(z.string(), z.string());

/** An object before the change. Values are in base64. */
const state = z.strictObject({ data: texts, binary: z.boolean(), labels: texts, annotations: texts });

const item = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  /** Null: there was no object. Absent: the change of this one object is atomic, so it is never undone by a later process. */
  before: state.nullable().exactOptional(),
  /** Digests of all values. Null: no object. */
  was: z.string().nullable(),
  becomes: z.string().nullable(),
});

const undo = z.strictObject({ kind: z.enum(['configMap', 'secret']), items: z.array(item) });

export type ObjectsUndo = z.infer<typeof undo>;
type Item = z.infer<typeof item>;

/**
 * The undo data of writes.
 *
 * @param isKept false: the change is one atomic write that no check judges afterwards, so the journal needs no contents
 */
export function undoOf(
  writes: readonly ObjectWrite[],
  isKept: boolean,
  { kind, spec, marks }: { readonly kind: ObjectKind; readonly spec: ObjectSpec; readonly marks: Marks },
): ObjectsUndo {
  return {
    kind: kind.key,
    items: writes.map(({ namespace, name, before, after }) => ({
      ...{ namespace, name },
      ...(isKept && { before: before ? stateOf(before) : null }),
      was: before ? digestOf(before.data) : null,
      becomes: digestAfter(before, after, (there) => keysOf(there, spec, marks)),
    })),
  };
}

function stateOf({ data, binary, labels, annotations }: ObservedObject): z.infer<typeof state> {
  return {
    data: Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')])),
    binary: binary.size > 0,
    ...{ labels, annotations },
  };
}

/** Keys of other programs stay in the object. Null: no object is left. */
function digestAfter(
  before: ObservedObject | undefined,
  after: DesiredObject | null,
  keys: (there: ObservedObject) => readonly string[],
): string | null {
  const data = new Map(before?.data);
  for (const key of before ? keys(before) : []) data.delete(key);
  if (!after && data.size === 0) return null;
  for (const { key, stored } of after?.entries ?? []) data.set(key, stored);
  return digestOf([...data].sort(([a], [b]) => compareText(a, b)));
}

export interface UndoDeps {
  readonly kind: ObjectKind;
  readonly connect: () => Promise<ObjectStore>;
  readonly marks: Marks;
  /** An election decides who writes: a write is for the version of the object that was read. */
  readonly isFenced: boolean;
  readonly onStep: OnStep | undefined;
  /** What this process knows of the contents before a change that the journal does not hold. By full name. */
  readonly remembered: ReadonlyMap<string, ObservedObject | undefined>;
  /** Full names of objects of which this process knows that the change has not reached them: there is nothing to take back. */
  readonly untouched: ReadonlySet<string>;
  /** Full names of objects that the API server has refused in this change. Their writes are undone already. */
  readonly refused: { has(full: string): boolean };
}

/** The undo of a change of objects, by this process or by a later one. */
export function createObjectsUndo({
  kind,
  connect,
  marks,
  isFenced,
  onStep,
  remembered,
  untouched,
  refused,
}: UndoDeps): TransactionKind<ObjectsUndo> {
  async function read(kube: ObjectStore, each: Item): Promise<ObservedObject | undefined> {
    const found = await kube.get(kind.resource, each);
    return found && readObserved(kind, found);
  }

  const digestIn = (object: ObservedObject | undefined): string | null => (object ? digestOf(object.data) : null);

  function beforeOf(each: Item): z.infer<typeof state> | null | undefined {
    if (each.before !== undefined) return each.before;
    const name = fullName(each);
    if (!remembered.has(name)) return undefined;
    const object = remembered.get(name);
    return object ? stateOf(object) : null;
  }

  /** @returns whether a reader could see the new object */
  async function revertOne(kube: ObjectStore, each: Item, reached: () => void | Promise<void>): Promise<boolean> {
    const there = await read(kube, each);
    const digest = digestIn(there);
    // What is neither old nor new, another program has written: it stays as it is.
    if (digest === each.was || digest !== each.becomes) return false;
    const before = beforeOf(each);
    if (before === undefined || (there && there.labels[ownerLabel] !== marks.owner)) return true;
    const { namespace, name } = each;
    if (before) {
      const entries = Object.entries(before.data).map(([key, value]) => ({
        key,
        stored: Buffer.from(value, 'base64'),
      }));
      const { labels, annotations } = before;
      const version = there && isFenced ? { resourceVersion: there.resourceVersion } : {};
      const metadata = { namespace, name, labels, annotations, ...version };
      await kube.apply(kind.resource, { metadata, ...dataOf(kind, entries, before.binary) }, { force: true });
    } else if (there)
      await kube.delete(kind.resource, { namespace, name }, { uid: there.uid, resourceVersion: there.resourceVersion });
    await reached();
    return true;
  }

  return {
    undo: undo.refine((data) => data.kind === kind.key),
    outputs: ({ items }) => items.map(fullName),
    async whole({ items }) {
      const kube = await connect();
      for (const each of items) if (digestIn(await read(kube, each)) !== each.becomes) return false;
      return true;
    },
    async revert({ items }) {
      const touched = items.filter((each) => !untouched.has(fullName(each)));
      if (touched.length === 0) return false;
      const kube = await connect();
      let written = 0;
      return revertBackwards(touched, (each) => revertOne(kube, each, () => onStep?.(`revert:${written++}`)));
    },
    clean: () => Promise.resolve(),
    leftovers: () => null,
    owned: ({ items }, before) => {
      const names = (has: boolean): string[] =>
        items
          .filter(({ becomes }) => (becomes !== null) === has)
          .map(fullName)
          .filter((name) => !refused.has(name));
      return changeOwned(kind, before, names(false), names(true));
    },
  };
}

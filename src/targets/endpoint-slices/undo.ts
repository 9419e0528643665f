import * as z from 'zod';
import type { ObjectStore } from '../kube-objects/fence.js';
import { fullName } from '../kube-objects/full-name.js';
import { ownerLabel } from '../kube-objects/marks.js';
import { revertBackwards } from '../kube-objects/revert-backwards.js';
import { changeOwned } from '../kube-objects/owned.js';
import type { Marks } from '../kube-objects/ownership.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import type { ObjectWrite } from './changes.js';
import { readObject, resourceOf, type ObservedObject } from './observed.js';
import { owning } from './spec.js';
import { putObject } from './write.js';

const texts = z.record(z.string(), z.string());

/** An object before the change. */
const state = z.strictObject({ fields: z.record(z.string(), z.unknown()), labels: texts, annotations: texts });

const item = z.strictObject({
  type: z.enum(['service', 'slice']),
  namespace: z.string(),
  name: z.string(),
  /** Null: there was no object. Absent: the change of this one object is atomic, so it is never undone by a later process. */
  before: state.nullable().exactOptional(),
  /** Digests of the fields. Null: no object. */
  was: z.string().nullable(),
  becomes: z.string().nullable(),
});

const names = z.array(z.string());

const undo = z.strictObject({
  kind: z.literal('endpointSlices'),
  items: z.array(item),
  /** Full names of the Services that the target has objects of after the change and had none before, and the reverse. */
  owned: z.strictObject({ added: names, gone: names }),
});

export type SlicesUndo = z.infer<typeof undo>;
type Item = z.infer<typeof item>;

/** Identifies an object in the memory of the process. */
export const identify = ({
  type,
  ...name
}: {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
}) => `${type} ${fullName(name)}`;

/**
 * The undo data of writes.
 *
 * @param isKept false: the change is one atomic write that no check judges afterwards, so the journal needs no contents
 */
export function undoOf(writes: readonly ObjectWrite[], isKept: boolean, owned: SlicesUndo['owned']): SlicesUndo {
  return {
    kind: 'endpointSlices',
    items: writes.map(({ type, namespace, name, before, after }) => ({
      ...{ type, namespace, name },
      ...(isKept && { before: before ? stateOf(before) : null }),
      was: before?.digest ?? null,
      becomes: after?.digest ?? null,
    })),
    owned,
  };
}

function stateOf({ fields, labels, annotations }: ObservedObject): z.infer<typeof state> {
  return { fields: { ...fields }, labels: { ...labels }, annotations: { ...annotations } };
}

export interface UndoDeps {
  readonly connect: () => Promise<ObjectStore>;
  readonly marks: Marks;
  /** An election decides who writes: a write is for the version of the object that was read. */
  readonly isFenced: boolean;
  readonly onStep: OnStep | undefined;
  /** What this process knows of the contents before a change that the journal does not hold. */
  readonly remembered: ReadonlyMap<string, ObservedObject | undefined>;
  /** Objects of which this process knows that the change has not reached them: there is nothing to take back. */
  readonly untouched: ReadonlySet<string>;
  /** Full names of Services that the API server has refused in this change. Their writes are undone already. */
  readonly refused: { has(full: string): boolean };
}

/** The undo of a change of Services and slices, by this process or by a later one. */
export function createSlicesUndo({
  connect,
  marks,
  isFenced,
  onStep,
  remembered,
  untouched,
  refused,
}: UndoDeps): TransactionKind<SlicesUndo> {
  async function read(kube: ObjectStore, each: Item): Promise<ObservedObject | undefined> {
    const found = await kube.get(resourceOf[each.type], each);
    return found && readObject(each.type, found);
  }

  function beforeOf(each: Item): z.infer<typeof state> | null | undefined {
    if (each.before !== undefined) return each.before;
    if (!remembered.has(identify(each))) return undefined;
    const object = remembered.get(identify(each));
    return object ? stateOf(object) : null;
  }

  /** @returns whether a reader could see the new object */
  async function revertOne(kube: ObjectStore, each: Item, reached: () => void | Promise<void>): Promise<boolean> {
    const there = await read(kube, each);
    const digest = there?.digest ?? null;
    // A Service that is removed and made again may have been interrupted between the two.
    const isHalf = each.type === 'service' && digest === null && each.was !== null;
    // What is neither old nor new, another program has written: it stays as it is.
    if (digest === each.was || (digest !== each.becomes && !isHalf)) return false;
    const before = beforeOf(each);
    if (before === undefined || (there && there.labels[ownerLabel] !== marks.owner)) return true;
    const { type, namespace, name } = each;
    if (before)
      await putObject(
        { type, there, state: { namespace, name, ...before } },
        { kube, manager: marks.manager, isFenced, force: true },
      );
    else if (there)
      await kube.delete(
        resourceOf[type],
        { namespace, name },
        { uid: there.uid, resourceVersion: there.resourceVersion },
      );
    await reached();
    return true;
  }

  return {
    undo,
    outputs: ({ items }) => items.map(fullName),
    async whole({ items }) {
      const kube = await connect();
      for (const each of items) if (((await read(kube, each))?.digest ?? null) !== each.becomes) return false;
      return true;
    },
    async revert({ items }) {
      const touched = items.filter((each) => !untouched.has(identify(each)));
      if (touched.length === 0) return false;
      const kube = await connect();
      let written = 0;
      return revertBackwards(touched, (each) => revertOne(kube, each, () => onStep?.(`revert:${written++}`)));
    },
    clean: () => Promise.resolve(),
    leftovers: () => null,
    owned({ owned: { added, gone } }, before) {
      const isDone = (full: string): boolean => !refused.has(full);
      return changeOwned(owning, before, gone.filter(isDone), added.filter(isDone));
    },
  };
}

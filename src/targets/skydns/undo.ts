import * as z from 'zod';
import { RollcallError } from '../../model/errors.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import { readRecords, type RecordStore } from './observe.js';
import { addOwned } from './owned.js';
import { writeRecords, type RecordWrite } from './write.js';

const undo = z.strictObject({
  kind: z.literal('skydns'),
  /** The directories that hold the keys of `items`. */
  directories: z.array(z.string()),
  items: z.array(z.strictObject({ key: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
});

export type SkydnsUndo = z.infer<typeof undo>;

const attempts = 3;

/** The undo of a change of keys, by this process or by a later one. */
export function createSkydnsUndo(
  etcd: RecordStore,
  owner: string,
  leaseFor: (signal: AbortSignal) => Promise<string>,
  onStep: OnStep | undefined,
): TransactionKind<SkydnsUndo> {
  return {
    undo,
    outputs: ({ items }) => items.map(({ key }) => key),
    async whole({ directories, items }) {
      const records = await readRecords(etcd, directories, owner);
      return items.every(({ key, after }) => (records.get(key)?.value ?? null) === after);
    },
    async revert({ directories, items }) {
      let visible = false;
      for (let attempt = 1; ; attempt++) {
        const records = await readRecords(etcd, directories, owner);
        const writes: RecordWrite[] = [];
        for (const { key, before } of items) {
          const there = records.get(key);
          // A key that another writer has changed since stays as it is.
          if ((there?.value ?? null) === before || there?.ours === false) continue;
          visible = true;
          writes.push({ key, value: before, modRevision: there?.modRevision ?? '0' });
        }
        try {
          const lease = await leaseFor(new AbortController().signal);
          await writeRecords(etcd, writes, lease, (batch) => onStep?.(`revert:${batch}`));
          return visible;
        } catch (error) {
          const raced = error instanceof RollcallError && error.code === 'OUTPUT_RACED';
          if (!raced || attempt === attempts) throw error;
        }
      }
    },
    clean: () => Promise.resolve(),
    leftovers: () => null,
    owned: ({ directories }, before) => addOwned(before, directories),
  };
}

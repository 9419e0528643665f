import * as z from 'zod';
import { compareText } from '../../../src/model/order.js';
import type { OnStep, TransactionKind } from '../../../src/targets/transaction.js';
import type { MemoryStore } from './store.js';

const undo = z.strictObject({
  kind: z.literal('memory'),
  items: z.array(z.strictObject({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
});

const prefix = 'memory:';

/** The names that the target owns, according to the journal. */
export function ownedNames(owned: readonly string[]): string[] {
  return owned.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
}

export function ownNames(owned: readonly string[], added: readonly string[], gone: readonly string[]): string[] {
  const after = new Set([...owned, ...added.map((name) => `${prefix}${name}`)]);
  for (const name of gone) after.delete(`${prefix}${name}`);
  return [...after].sort(compareText);
}

export function createMemoryUndo(
  store: MemoryStore,
  onStep: OnStep | undefined,
): TransactionKind<z.infer<typeof undo>> {
  const there = (name: string): string | null => store.texts.get(name) ?? null;
  return {
    undo,
    outputs: ({ items }) => items.map(({ name }) => name),
    whole: ({ items }) => Promise.resolve(items.every(({ name, after }) => there(name) === after)),
    async revert({ items }) {
      let visible = false;
      for (const [index, { name, before, after }] of items.entries()) {
        if (there(name) === after && before !== after) {
          store.write(name, before);
          visible = true;
        }
        await onStep?.(`revert:${index}`);
      }
      return visible;
    },
    clean: () => Promise.resolve(),
    leftovers: () => null,
    owned: ({ items }, before) =>
      ownNames(
        before,
        items.filter(({ after }) => after !== null).map(({ name }) => name),
        items.filter(({ after }) => after === null).map(({ name }) => name),
      ),
  };
}

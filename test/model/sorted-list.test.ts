import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyDelta, differingParts, findSorted, replaceSorted } from '../../src/model/sorted-list.js';

interface Item {
  readonly key: string;
}

const keyOf = ({ key }: Item): string => key;
const byKey = (a: Item, b: Item): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const keys = fc.uniqueArray(fc.nat(60).map(String), { maxLength: 60 });
const listOf = (of: readonly string[]): Item[] => of.map((key) => ({ key })).sort(byKey);

it('replaces, adds and removes items of a sorted list, few and many, and leaves the list as it is', () => {
  fc.assert(
    fc.property(keys, fc.array(fc.tuple(fc.nat(60).map(String), fc.boolean()), { maxLength: 60 }), (of, edits) => {
      const list: readonly Item[] = Object.freeze(listOf(of));
      const changes = new Map(edits.map(([key, isPut]) => [key, isPut ? { key } : undefined]));
      const after = new Map(list.map((item) => [item.key, item]));
      for (const [key, item] of changes) {
        if (item === undefined) after.delete(key);
        else after.set(key, item);
      }
      const next = replaceSorted(list, changes, keyOf);
      expect(next).toEqual([...after.values()].sort(byKey));
      for (const item of next) expect(findSorted(next, item.key, keyOf)).toBe(after.get(item.key));
      expect(findSorted(next, 'none', keyOf)).toBeUndefined();
    }),
  );
});

it('is the same list when nothing differs', () => {
  const list = listOf(['a', 'b']);
  expect(
    replaceSorted(
      list,
      new Map([
        ['b', list[1]],
        ['c', undefined],
      ]),
      keyOf,
    ),
  ).toBe(list);
});

it('adds an item behind equal ones, and removes the very item', () => {
  const [one, two, three] = [{ key: 'a' }, { key: 'a' }, { key: 'a' }];
  expect(applyDelta([one, two], { removed: new Set([two]), added: [three] }, byKey)).toEqual([one, three]);
  expect(applyDelta([one, two], { removed: new Set([one]), added: [] }, byKey)[0]).toBe(two);
});

it('finds the parts in which two lists differ', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3)), fc.array(fc.nat(3)), (before, after) => {
      const parts = differingParts(before, after);
      const from = before.length - parts.before.length;
      expect(after.length - parts.after.length).toBe(from);
      const [head, tail] = [parts.before.at(0), parts.before.at(-1)];
      if (head !== undefined && parts.after.length > 0) {
        expect(head).not.toBe(parts.after[0]);
        expect(tail).not.toBe(parts.after.at(-1));
      }
    }),
  );
  expect(differingParts([1, 2, 3, 4], [1, 9, 4])).toEqual({ before: [2, 3], after: [9] });
});

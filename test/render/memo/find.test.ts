import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createItemFinder } from '../../../src/render/memo/find.js';

const lists = fc.array(fc.nat({ max: 11 }), { maxLength: 12 });

test('an item is found where it is, or not at all', () => {
  fc.assert(
    fc.property(lists, lists, (old, list) => {
      const find = createItemFinder(old);
      for (const [place, item] of list.entries()) {
        const at = find(item, list[place + 1]);
        if (at !== -1) expect(old[at]).toBe(item);
      }
    }),
  );
});

test('of a list in which one item came, went or changed, all others are found', () => {
  const old = Array.from({ length: 100 }, (_, id) => ({ id }));
  const count = (list: readonly unknown[]): number => {
    const find = createItemFinder(old);
    return list.filter((item, place) => find(item, list[place + 1]) >= 0).length;
  };
  for (const at of [0, 1, 50, 98, 99]) {
    expect(count(old.toSpliced(at, 0, { id: -1 }))).toBe(100);
    expect(count(old.with(at, { id: -1 }))).toBe(99);
    expect(count(old.toSpliced(at, 1))).toBe(99);
  }
  const [first, ...others] = old;
  expect(count([...others, first])).toBeGreaterThanOrEqual(99);
  expect(count(old.toReversed())).toBeGreaterThanOrEqual(99);
});

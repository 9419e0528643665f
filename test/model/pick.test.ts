import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import { createPicker } from '../../src/model/pick.js';
import { instance } from './instances.js';

const at = (id: string, weight: number, status: Instance['status'] = 'passing') => instance({ id, weight, status });

it('returns undefined when there is no instance that may be picked', () => {
  for (const random of [0, 0.5, 1 - 2 ** -53]) {
    expect(createPicker([])(random)).toBeUndefined();
    expect(createPicker([at('a', 0), at('b', 5, 'draining'), at('c', 5, 'critical')])(random)).toBeUndefined();
  }
});

it('gives each instance a share in proportion to its weight', () => {
  const pick = createPicker([at('a', 1), at('b', 0), at('c', 3), at('d', 9, 'draining'), at('e', 4)]);
  const shares = Array.from({ length: 8 }, (_, n) => pick(n / 8)?.id);
  expect(shares).toEqual(['a', 'c', 'c', 'c', 'e', 'e', 'e', 'e']);
  expect(pick(1 / 8 - 2 ** -53)?.id).toBe('a');
  expect(pick(1 - 2 ** -53)?.id).toBe('e');
});

it('agrees with a linear search', () => {
  const some = fc.array(
    fc.record({
      weight: fc.oneof(fc.constantFrom(0, 1, 65_535), fc.integer({ min: 0, max: 65_535 })),
      status: fc.constantFrom<Instance['status']>('passing', 'passing', 'draining', 'critical'),
    }),
    { maxLength: 40 },
  );
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(some, random, (given, point) => {
      const instances = given.map(({ weight, status }, n) => at(String(n), weight, status));
      const open = instances.filter(({ weight, status }) => status === 'passing' && weight > 0);
      let left = point * open.reduce((sum, { weight }) => sum + weight, 0);
      const expected = open.find(({ weight }) => (left -= weight) < 0);
      expect(createPicker(instances)(point)).toBe(expected ?? open.at(-1));
    }),
  );
});

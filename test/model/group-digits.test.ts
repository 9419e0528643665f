import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupDigits } from '../../src/model/group-digits.js';

test('it groups digits as English texts do', () => {
  expect([0, 999, 1000, 16_383, 1_234_567].map(groupDigits)).toEqual(['0', '999', '1,000', '16,383', '1,234,567']);
  fc.assert(
    fc.property(fc.maxSafeInteger(), (count) => {
      expect(groupDigits(count)).toBe(count.toLocaleString('en'));
    }),
  );
});

import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { nearest } from '../../src/model/suggest.js';

const fields = ['sources', 'targets', 'prefix', 'format', 'minInterval', 'env', 'vars'];

test.each([
  ['source', 'sources'],
  ['tragets', 'targets'],
  ['Prefix', 'prefix'],
  ['fromat', 'format'],
  ['mininterval', 'minInterval'],
  ['evn', 'env'],
  ['var', 'vars'],
  ['listen', undefined],
  ['x', undefined],
  ['', undefined],
  ['a'.repeat(10_000), undefined],
])('suggests for %s: %s', (typo, meant) => {
  expect(nearest(typo, fields)).toBe(meant);
});

it('prefers the nearest, and the first of equally near ones', () => {
  expect(nearest('cart', ['care', 'cart', 'card'])).toBe('cart');
  expect(nearest('cark', ['card', 'care'])).toBe('card');
});

it('finds a name after any single edit', () => {
  const word = fc.string({ unit: fc.constantFrom(...Array.from('abcdefgh')), minLength: 3, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom('drop', 'add', 'swap', 'change'), (name, die, edit) => {
      const at = die % (name.length - 1);
      const [before, after] = [name.slice(0, at), name.slice(at)];
      const typo = {
        drop: before + after.slice(1),
        add: `${before}z${after}`,
        swap: before + after.charAt(1) + after.charAt(0) + after.slice(2),
        change: `${before}z${after.slice(1)}`,
      }[edit];
      expect(nearest(typo, [name, 'unrelated-and-long'])).toBe(name);
    }),
  );
});

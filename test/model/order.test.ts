import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/model/address.js';
import {
  compareDecimal,
  compareSortKeys,
  compareText,
  sortKeyOf,
  rankInstance,
  sortInstances,
} from '../../src/model/order.js';
import { instance } from './instances.js';

function at(text: string, port = 80, id = 'i') {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return instance({ ...parsed, port, id });
}

describe('the order of instances', () => {
  it('is IPv4, IPv6, names; by number; then port, then id', () => {
    const sorted = [
      at('9.0.0.1'),
      at('10.0.0.2', 80, 'a'),
      at('10.0.0.2', 80, 'b'),
      at('10.0.0.2', 443),
      at('10.0.0.2', 8080),
      at('10.0.0.10'),
      at('::2'),
      at('::10'),
      at('fd00::1'),
      at('a'),
      at('a.b'),
      at('a-b'),
      at('b'),
    ];
    const names = sortInstances([at('a-b'), at('a.b'), at('a')]).map(({ address }) => address);
    expect(names).toEqual(['a', 'a-b', 'a.b']);
    const expected = [...sorted.slice(0, 10), at('a-b'), at('a.b'), at('b')];
    expect(sortInstances(sorted.toReversed()).map(rankInstance)).toEqual(expected.map(rankInstance));
  });

  it('does not depend on the input order', () => {
    const some = fc.record({
      address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      port: fc.integer({ min: 1, max: 65_535 }),
    });
    fc.assert(
      fc.property(fc.array(some), fc.array(fc.nat()), (places, dice) => {
        const list = places.flatMap(({ address, port }) => (parseAddress(address) ? [at(address, port)] : []));
        const shuffled = list
          .map((item, index) => ({ item, die: dice[index] ?? 0 }))
          .sort((a, b) => a.die - b.die)
          .map(({ item }) => item);
        expect(sortInstances(shuffled).map(rankInstance)).toEqual(sortInstances(list).map(rankInstance));
      }),
    );
  });

  it('sorts IPv4 by number', () => {
    const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (a, b) => {
        expect(Math.sign(compareText(rankInstance(at(a)), rankInstance(at(b))))).toBe(Math.sign(number(a) - number(b)));
      }),
    );
  });
});

it('compares decimal integers of any length by value', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), fc.bigInt({ min: 0n, max: 2n ** 63n }), (a, b) => {
      expect(Math.sign(compareDecimal(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

it('compares text by code units in every locale', () => {
  expect(['é', 'z', 'Z', 'a', '10', '9'].sort(compareText)).toEqual(['10', '9', 'Z', 'a', 'z', 'é']);
});

it('is also the order of sort keys', () => {
  const some = fc.record({
    address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constantFrom('10.0.0.1', 'fd00::1', 'a.b')),
    port: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(80, 443)),
  });
  fc.assert(
    fc.property(some, some, (left, right) => {
      const [a, b] = [left, right].map(({ address, port }) =>
        parseAddress(address) ? at(address, port) : at('::1', port),
      );
      if (a === undefined || b === undefined) return;
      const byPlace = compareSortKeys(sortKeyOf(a), sortKeyOf(b));
      expect(Math.sign(byPlace)).toBe(compareText(rankInstance(a), rankInstance(b)));
    }),
    { numRuns: 1000 },
  );
});

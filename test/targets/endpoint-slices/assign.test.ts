import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignEndpoints,
  mostEndpoints,
  type AssignOptions,
  type SliceAssignment,
  type SliceContent,
} from '../../../src/targets/endpoint-slices/assign.js';
import type { Endpoint } from '../../../src/targets/endpoint-slices/endpoint.js';

const endpoint = (index: number, isReady = true): Endpoint => ({
  address: `10.0.${index >> 8}.${index & 255}`,
  isReady,
  zone: '',
});
const range = (from: number, to: number): Endpoint[] =>
  Array.from({ length: to - from }, (_, index) => endpoint(from + index));

/** The slices after the writes. */
function after(slices: readonly SliceContent[], writes: readonly SliceAssignment[]): SliceContent[] {
  const contents = new Map(slices.map(({ index, endpoints }) => [index, endpoints]));
  for (const { index, endpoints } of writes)
    if (endpoints) contents.set(index, endpoints);
    else contents.delete(index);
  return [...contents].map(([index, endpoints]) => ({ index, endpoints }));
}

function settle(wanted: readonly Endpoint[], slices: readonly SliceContent[], options?: AssignOptions): SliceContent[] {
  return after(slices, assignEndpoints(wanted, slices, options));
}

const addressesIn = (slices: readonly SliceContent[]): string[] =>
  slices.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)).sort();

const endpoints = fc.uniqueArray(
  fc.record({
    address: fc.nat({ max: 400 }).map((index) => endpoint(index).address),
    isReady: fc.boolean(),
    zone: fc.constantFrom('', 'a', 'b'),
  }),
  { selector: ({ address }) => address, maxLength: 330, size: 'max' },
);
/** Slices as another program may have left them: too long ones, empty ones, an address twice. */
const anySlices = fc.uniqueArray(
  fc.record({
    index: fc.nat({ max: 12 }),
    endpoints: fc.uniqueArray(
      endpoints.map(([first]) => first ?? endpoint(0)),
      { selector: ({ address }) => address, maxLength: 130 },
    ),
  }),
  { selector: ({ index }) => index, maxLength: 8 },
);
const options = fc.record({ isPacking: fc.boolean(), isKeeping: fc.boolean() });

describe('whatever the slices are', () => {
  it('each wanted endpoint is in exactly one slice afterwards, as wanted, and no slice is too large', () => {
    fc.assert(
      fc.property(endpoints, anySlices, options, (wanted, slices, how) => {
        const now = settle(wanted, slices, how);
        expect(now.flatMap((slice) => slice.endpoints).sort((a, b) => (a.address < b.address ? -1 : 1))).toEqual(
          [...wanted].sort((a, b) => (a.address < b.address ? -1 : 1)),
        );
        for (const slice of now) expect(slice.endpoints.length).toBeLessThanOrEqual(mostEndpoints);
        if (!how.isKeeping) expect(now.every((slice) => slice.endpoints.length > 0)).toBe(true);
        else for (const { index } of slices) expect(now.map((slice) => slice.index)).toContain(index);
      }),
    );
  });

  it('a second call writes nothing, and slices that are right are not written', () => {
    fc.assert(
      fc.property(endpoints, anySlices, fc.boolean(), (wanted, slices, isKeeping) => {
        const writes = assignEndpoints(wanted, slices, { isKeeping });
        expect(assignEndpoints(wanted, after(slices, writes), { isKeeping })).toEqual([]);
        const before = new Map(slices.map((slice) => [slice.index, slice.endpoints]));
        for (const { index, endpoints: now } of writes) expect(now).not.toEqual(before.get(index));
      }),
    );
  });

  it('no wanted address that was there is missing between two writes', () => {
    fc.assert(
      fc.property(endpoints, anySlices, options, (wanted, slices, how) => {
        const there = new Set(addressesIn(slices));
        const lasting = wanted.filter(({ address }) => there.has(address));
        let now: readonly SliceContent[] = slices;
        for (const write of assignEndpoints(wanted, slices, how)) {
          now = after(now, [write]);
          const present = new Set(addressesIn(now));
          for (const { address } of lasting) expect(present.has(address)).toBe(true);
        }
      }),
    );
  });
});

describe('one endpoint of 1000', () => {
  const thousand = settle(range(0, 1000), []);

  it('gives no new slice a number that is taken', () => {
    const taken = fc.uniqueArray(fc.nat({ max: 12 })).map((numbers) => new Set(numbers));
    fc.assert(
      fc.property(endpoints, anySlices, options, taken, (wanted, slices, how, numbers) => {
        const present = new Set(slices.map(({ index }) => index));
        const made = assignEndpoints(wanted, slices, { ...how, taken: numbers }).filter(
          ({ index }) => !present.has(index),
        );
        for (const { index } of made) expect(numbers.has(index)).toBe(false);
      }),
    );
  });

  it('needs no more slices than it must', () => {
    expect(thousand).toHaveLength(10);
  });

  it.each<[string, Endpoint[]]>([
    ['is added', range(0, 1001)],
    ['is removed', range(1, 1000)],
    ['of the middle is removed', [...range(0, 512), ...range(513, 1000)]],
    ['begins to drain', [endpoint(0, false), ...range(1, 1000)]],
    ['is replaced', range(1, 1001)],
  ])('that %s is one write', (_what, wanted) => {
    expect(assignEndpoints(wanted, thousand)).toHaveLength(1);
  });

  it('in any history costs one write for each change, in any order of the wanted endpoints', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 60 }), fc.boolean(), (toggles, isReversed) => {
        const present = new Map(range(0, 250).map((each) => [each.address, each]));
        let slices = settle([...present.values()], []);
        for (const index of toggles) {
          const { address } = endpoint(index);
          if (!present.delete(address)) present.set(address, endpoint(index));
          const wanted = isReversed ? [...present.values()].reverse() : [...present.values()];
          const writes = assignEndpoints(wanted, slices);
          expect(writes).toHaveLength(1);
          slices = after(slices, writes);
        }
      }),
    );
  });
});

describe('churn', () => {
  it('leaves holes, which packing closes, a few writes at a time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 8 }), (keepEach, offset) => {
        const full = settle(range(0, 1000), []);
        const wanted = range(0, 1000).filter((_, index) => index % (keepEach + 1) === offset % (keepEach + 1));
        let slices = settle(wanted, full);
        const most = Math.ceil(wanted.length / 75);
        for (let pass = 0; slices.length > most; pass++) {
          const writes = assignEndpoints(wanted, slices, { isPacking: true });
          expect(writes.length).toBeGreaterThan(1);
          expect(writes.length).toBeLessThanOrEqual(4);
          slices = after(slices, writes);
          expect(pass).toBeLessThan(10);
        }
        expect(assignEndpoints(wanted, slices, { isPacking: true })).toEqual([]);
      }),
    );
  });

  it('of uneven slices is packed in at most four writes, too', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, (counts) => {
        let from = 0;
        let slices: SliceContent[] = counts.map((count, index) => {
          from += count;
          return { index, endpoints: range(from - count, from) };
        });
        const wanted = range(0, from);
        counts.forEach(() => {
          const writes = assignEndpoints(wanted, slices, { isPacking: true });
          expect(writes.length).toBeLessThanOrEqual(4);
          slices = after(slices, writes);
        });
        expect(slices.length).toBeLessThanOrEqual(Math.ceil(from / 75));
        expect(addressesIn(slices)).toEqual(wanted.map(({ address }) => address).sort());
      }),
    );
  });
});

describe('an empty slice', () => {
  it('goes, unless it is to be kept; a kept one is filled again', () => {
    const slices = settle(range(0, 3), []);
    expect(assignEndpoints([], slices)).toEqual([{ index: 0, endpoints: null, isGaining: false }]);
    const kept = settle([], slices, { isKeeping: true });
    expect(kept).toEqual([{ index: 0, endpoints: [] }]);
    expect(settle(range(5, 6), kept, { isKeeping: true })).toEqual([{ index: 0, endpoints: range(5, 6) }]);
  });
});

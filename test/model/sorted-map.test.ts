import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedKeys, SortedMap } from '../../src/model/sorted-map.js';

interface Item {
  readonly of: string;
}

const item = (of: string): Item => ({ of });
const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function sorted(map: ReadonlyMap<string, Item>): [string, Item][] {
  return [...map].sort(([a], [b]) => byCodeUnit(a, b));
}

/** The keys that differ, found without any structure. */
function differing(before: ReadonlyMap<string, Item>, after: ReadonlyMap<string, Item>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .sort(byCodeUnit);
}

const many = (count: number): [string, Item][] =>
  Array.from({ length: count }, (_, n) => [`k${String(n).padStart(6, '0')}`, item(String(n))]);

describe('a sorted map', () => {
  it('is a map in code-unit order, with the last of equal keys', () => {
    const [a, b] = [item('a'), item('b')];
    const map = SortedMap.from([
      ['b', a],
      ['Z', a],
      ['a', a],
      ['\u{1F600}', a],
      ['\uFFFD', a],
      ['b', b],
    ]);
    expect([...map.keys()]).toEqual(['Z', 'a', 'b', '\u{1F600}', '\uFFFD']);
    expect([map.size, map.get('b'), map.has('b'), map.has('c'), map.get('')]).toEqual([5, b, true, false, undefined]);
    const seen: string[] = [];
    map.forEach((value, key, of) => seen.push(`${key} ${value.of} ${of === map}`));
    expect(seen[0]).toBe('Z a true');
    expect([...map.values()]).toEqual([a, a, b, a, a]);
  });

  it('is the same map when nothing differs', () => {
    const map = SortedMap.from(many(300));
    expect(map.with(new Map())).toBe(map);
    expect(map.with(new Map([['none', undefined], ...many(0)]))).toBe(map);
    expect(map.with(new Map([['k000007', map.get('k000007')]]))).toBe(map);
  });

  it('shares all other chunks with the map before, and does not change it', () => {
    const before = SortedMap.from(many(10_000));
    const after = before.with(new Map([['k005000', item('new')]]));
    const shared = after.chunks.filter((chunk) => before.chunks.includes(chunk));
    expect(shared).toHaveLength(before.chunks.length - 1);
    expect([before.get('k005000')?.of, after.get('k005000')?.of]).toEqual(['5000', 'new']);
  });

  it('has no many small chunks after many removals', () => {
    let map = SortedMap.from(many(10_000));
    for (const [key] of many(10_000)) if (!key.endsWith('7')) map = map.with(new Map([[key, undefined]]));
    expect(map.size).toBe(1000);
    expect(map.chunks.length).toBeLessThan(40);
  });

  const key = fc.oneof(fc.nat(400).map(String), fc.constantFrom('', 'é', '\u{1F600}', '\uFFFD'));
  const changes = fc.array(fc.tuple(key, fc.boolean()), { maxLength: 150 });

  it('equals a plain map after any changes, and says what differs between any two of its versions', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 8 }), fc.nat(), fc.nat(), (steps, from, to) => {
        let map = SortedMap.from<Item>([]);
        let plain = new Map<string, Item>();
        const versions = [{ map, plain }];
        for (const step of steps) {
          const edits = new Map(step.map(([at, isPut]) => [at, isPut ? item(at) : undefined]));
          map = map.with(edits);
          plain = new Map(plain);
          for (const [at, value] of edits) {
            if (value === undefined) plain.delete(at);
            else plain.set(at, value);
          }
          versions.push({ map, plain });
          expect([...map]).toEqual(sorted(plain));
          expect(map.size).toBe(plain.size);
          for (const at of edits.keys()) expect(map.get(at)).toBe(plain.get(at));
        }
        const [before, after] = [versions[from % versions.length], versions[to % versions.length]];
        if (!before || !after) throw new Error('no version');
        expect(changedKeys(before.map, after.map)).toEqual(differing(before.plain, after.plain));
        // Also between maps that share nothing, and of another kind.
        expect(changedKeys(SortedMap.from(before.plain), after.map)).toEqual(differing(before.plain, after.plain));
        expect(changedKeys(before.plain, after.map)).toEqual(differing(before.plain, after.plain));
      }),
    );
  });
});

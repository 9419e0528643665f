import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filter, groupBy, reject, sortBy, unique } from '../../../src/render/helpers/selection.js';
import { makeService, makeView, render, renderText } from '../views.js';
import { evaluateWith, mistakesIn, rejectionOf } from './evaluate.js';

const view = makeView({
  services: [
    makeService('web', [
      { id: 'a', port: 80, weight: 3, tags: ['blue', 'public'], metadata: { zone: 'eu', 'app.example.com/tier': '1' } },
      { id: 'b', port: 81, weight: 20, tags: ['public'], status: 'draining', metadata: { zone: 'us' } },
      { id: 'c', port: 80, weight: 3, status: 'critical' },
      { id: 'd', port: 82, weight: 1, metadata: { zone: 'eu' } },
    ]),
  ],
});

const idsOf = (list: string): string =>
  renderText(`{{#each services}}{{#each (${list})}}{{id}}{{/each}}{{/each}}`, view);

describe('items are chosen by', () => {
  test.each([
    ['filter instances status="passing"', 'ad'],
    ['filter instances port=80', 'ac'],
    ['filter instances port=80 status="passing"', 'a'],
    ['filter instances tags="public"', 'ab'],
    ['filter instances [metadata.zone]="eu"', 'ad'],
    ['filter instances [metadata.app.example.com/tier]="1"', 'a'],
    ['filter instances [metadata.nowhere]="x"', ''],
    ['filter instances held=true', ''],
    ['reject instances status="critical"', 'abd'],
    ['reject instances tags="public"', 'cd'],
    ['reject instances [metadata.zone]="eu"', 'bc'],
    ['reject (filter instances port=80) status="critical"', 'a'],
    ['filter instances zone=@root.target.name', ''],
  ])('%s', (list, ids) => {
    expect(idsOf(list)).toBe(ids);
  });
});

describe('items are put in order by', () => {
  test.each([
    ['sortBy instances "weight"', 'dacb'],
    ['sortBy instances "metadata.zone"', 'cadb'],
    ['sortBy instances "status"', 'cbad'],
    ['reverse (sortBy instances "weight")', 'bcad'],
    ['unique instances "port"', 'abd'],
    ['unique instances "metadata.zone"', 'abc'],
  ])('%s', (list, ids) => {
    expect(idsOf(list)).toBe(ids);
  });
});

test.each([
  ['groupBy instances "status"', 'critical:c draining:b passing:ad '],
  ['groupBy instances "port"', '80:ac 81:b 82:d '],
  ['groupBy instances "metadata.zone"', ':c eu:ad us:b '],
  ['groupBy instances "tags"', ':cd blue:a public:ab '],
])('%s', (list, shown) => {
  const text = `{{#each services}}{{#each (${list})}}{{key}}:{{#each items}}{{id}}{{/each}} {{/each}}{{/each}}`;
  expect(renderText(text, view)).toBe(shown);
});

test('an item that cannot be written is left out alone, in any list', () => {
  const lists = [
    'filter instances port=80',
    'sortBy instances "port"',
    'unique instances "id"',
    'reverse (limit (slice instances 0) 9)',
    'concat instances instances',
  ];
  for (const list of lists) {
    const text = `{{#each services}}{{#each (${list})}}{{metadata.zone}}{{/each}}{{/each}}`;
    expect(render(text, view).rejected.map(({ instance }) => instance?.id)).toEqual(['c']);
  }
  const grouped =
    '{{#each services}}{{#each (groupBy instances "port")}}{{#each items}}{{metadata.zone}}{{/each}}{{/each}}{{/each}}';
  expect(render(grouped, view).rejected.map(({ instance }) => instance?.id)).toEqual(['c']);
  const one = '{{#each services}}{{#with (last (filter instances port=80))}}{{metadata.zone}}{{/with}}{{/each}}';
  expect(render(one, view).rejected.map(({ instance }) => instance?.id)).toEqual(['c']);
});

test.each([
  ['count (filter ../instances)', '7 filter needs at least one field=value'],
  ['count (filter ../instances sttus="x")', '7 Instance has no field "sttus"'],
  ['count (filter ../instances port="80")', '7 "port" is a number, never text'],
  ['count (filter ../instances tags=1)', '7 "tags" is a list of text, never a number'],
  ['count (filter ../instances [metadata.zone]=1)', '7 "metadata.zone" is text, never a number'],
  ['count (filter ../instances [zone.x]="1")', '7 text has no field "x"'],
  ['count (filter tags x="y")', '7 text has no field "x"'],
  ['count (filter address x="y")', '15 filter takes a list for its list, not text'],
  ['count (sortBy ../instances "prt")', '28 Instance has no field "prt"'],
  ['count (sortBy ../instances "tags")', '28 sortBy takes a field of text or numbers, and "tags" is a list of text'],
  ['count (sortBy ../instances id)', '28 sortBy takes text in quotes for its field, not text'],
  ['count (sortBy ../instances)', '7 sortBy takes 2 arguments, not 1'],
  [
    'count (groupBy ../instances "metadata")',
    '29 groupBy takes a field of text or numbers, and "metadata" is a map of text',
  ],
  ['count (unique ../instances "nme")', '28 Instance has no field "nme"'],
  ['count (unique ../instances "id" "x")', '7 unique takes 1 to 2 arguments, not 3'],
])('%s', (call, message) => {
  expect(mistakesIn(call)).toEqual([message]);
});

test('names in a group are checked', () => {
  expect(mistakesIn('lookup (first (groupBy ../instances "zone")) "kye"')).toEqual([
    '-1 group of Instance by text has no field "kye"',
  ]);
});

test('mistakes that the lint cannot know are rejected', () => {
  const list = makeView({ vars: { list: [{ a: 1 }, { a: { b: 1 } }], text: 'x', none: null } });
  expect(rejectionOf('sortBy vars.list "a"', list)).toBe(
    'sortBy takes a field of text or numbers, and this field has another value',
  );
  expect(rejectionOf('groupBy vars.list "a"', list)).toBe(
    'groupBy takes a field of text or numbers, and this field has another value',
  );
  expect(rejectionOf('filter vars.text a=1', list)).toBe('filter takes a list for its list, not text');
  expect(rejectionOf('filter vars.none a=1', list)).toBe('filter takes a list for its list, not null');
});

const call = {
  hash: {},
  fail: (message: string): never => {
    throw new Error(message);
  },
};
const item = fc.record(
  {
    id: fc.nat(),
    key: fc.oneof(fc.constantFrom('', 'a', 'b', 'B', '10', '9'), fc.integer({ min: -2, max: 12 }), fc.boolean()),
  },
  { requiredKeys: ['id'] },
);
const items = fc.array(item, { maxLength: 30 });
type Items = readonly { id: number; key?: '' | 'a' | 'b' | 'B' | '10' | '9' | number | boolean }[];

describe('for any list', () => {
  test('filter and reject divide the list, in its order', () => {
    fc.assert(
      fc.property(items, fc.constantFrom('a', 9, true, ''), (list, wanted) => {
        const hash = { key: wanted };
        const kept = filter.run([list], { ...call, hash }) as Items;
        const gone = reject.run([list], { ...call, hash }) as Items;
        expect(kept.every(({ key }) => key === wanted)).toBe(true);
        expect(gone.some(({ key }) => key === wanted)).toBe(false);
        expect(list.filter((one) => kept.includes(one))).toEqual(kept);
        expect(kept.length + gone.length).toBe(list.length);
      }),
    );
  });

  test('sortBy keeps every item and the order of equal ones, and a second time changes nothing', () => {
    fc.assert(
      fc.property(items, (list) => {
        const sorted = sortBy.run([list, 'key'], call) as Items;
        expect(new Set(sorted)).toEqual(new Set(list));
        expect(sorted).toHaveLength(list.length);
        expect(sortBy.run([sorted, 'key'], call)).toEqual(sorted);
        for (const [index, one] of sorted.entries()) {
          const next = sorted[index + 1];
          if (next === undefined) continue;
          if (typeof one.key === 'number' && typeof next.key === 'number')
            expect(one.key).toBeLessThanOrEqual(next.key);
          if (typeof one.key === 'string' && typeof next.key === 'string') expect(one.key <= next.key).toBe(true);
          if (one.key === next.key) expect(list.indexOf(one)).toBeLessThan(list.lastIndexOf(next));
        }
      }),
    );
  });

  test('groupBy puts every item in the one group of its value', () => {
    fc.assert(
      fc.property(items, (list) => {
        const groups = groupBy.run([list, 'key'], call) as { key: unknown; items: Items }[];
        expect(groups.reduce((sum, group) => sum + group.items.length, 0)).toBe(list.length);
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        for (const group of groups) {
          expect(group.items.length).toBeGreaterThan(0);
          expect(group.items).toEqual(list.filter(({ key = '' }) => key === group.key));
        }
      }),
    );
  });

  test('unique keeps the first of each value', () => {
    fc.assert(
      fc.property(items, (list) => {
        const kept = unique.run([list, 'key'], call) as Items;
        expect(kept).toEqual(list.filter((one) => list.find(({ key }) => key === one.key) === one));
      }),
    );
  });
});

test('plain lists have no fields, but can be unique', () => {
  expect(evaluateWith({ list: ['b', 'a', 'b', 1, '1'] }, 'unique vars.list')).toEqual(['b', 'a', 1, '1']);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob } from '../../../src/render/helpers/glob.js';
import { childrenOf, findPair, pairsBelow } from '../../../src/render/helpers/keys.js';
import { helpers } from '../../../src/render/helpers/registry.js';
import { makeView, problemsOf, renderText } from '../views.js';
import { evaluate, rejectionOf } from './evaluate.js';

const pairsOf = (...keys: readonly string[]) =>
  [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1)).map((key) => ({ key, value: `v${key}` }));
const pairs = pairsOf('/c/a', '/c/a-b', '/c/a/x', '/c/a/y/z', '/c/b/x', '/cc', '/d');
const view = makeView({ kv: { pairs, tree: {} } });

test.each<[string, unknown]>([
  ['get "/c/a"', 'v/c/a'],
  ['default (get "/nowhere") "else"', 'else'],
  ['exists "/c/a"', true],
  ['exists "/c"', false],
  ['ls "/c"', ['a', 'a-b', 'b']],
  ['ls "/c/"', ['a', 'a-b', 'b']],
  ['ls "/"', ['c', 'cc', 'd']],
  ['ls "/nowhere"', []],
  ['lsdir "/c"', ['a', 'b']],
  ['count (getAll "/c/*")', 2],
  ['count (getAll "/c/**")', 5],
  ['count (getAll "/c/*/x")', 2],
  ['count (getAll "/c/a?b")', 1],
  ['count (getAll "/?")', 1],
])('%s', (call, expected) => {
  expect(evaluate(call, view)).toEqual(expected);
});

test('pairs have a key and a value', () => {
  expect(renderText('{{#each (getAll "/c/a/**")}}{{basename key}}={{value}} {{/each}}', view)).toBe(
    'x=v/c/a/x z=v/c/a/y/z ',
  );
});

test('a missing key is rejected with its position, a bad pattern is a mistake', () => {
  expect(rejectionOf('get "/nowhere"', view)).toBe('{{get "/nowhere"}} is missing. There is no key "/nowhere"');
  expect(problemsOf('{{count (getAll "/**/x")}}')[0]).toMatchObject({
    column: 17,
    message: '"**" can only be the last segment of a pattern',
  });
  expect(rejectionOf('count (getAll vars.p)', makeView({ vars: { p: '/**/x' } }))).toContain('last segment');
});

test('the same call with the same keys returns the identical object', () => {
  const call = {
    view,
    hash: {},
    findService: () => undefined,
    holderOf: () => undefined,
    fail: (message: string): never => {
      throw new Error(message);
    },
  };
  for (const name of ['getAll', 'ls', 'lsdir']) {
    const helper = helpers.get(name);
    expect(helper?.run(['/c/*'], call)).toBe(helper?.run(['/c/*'], call));
  }
});

describe('for any keys', () => {
  const key = fc
    .array(fc.constantFrom('a', 'b', 'a-b', 'a0', '', 'ab'), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`);

  test('the result equals that of a search through all keys', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 20 }), key, (keys, wanted) => {
        const all = pairsOf(...keys);
        expect(findPair(all, wanted)).toBe(all.find((pair) => pair.key === wanted));
        expect(pairsBelow(all, wanted)).toEqual(all.filter((pair) => pair.key.startsWith(wanted)));
        const prefix = wanted.endsWith('/') ? wanted : `${wanted}/`;
        const below = all.filter((pair) => pair.key.startsWith(prefix)).map((pair) => pair.key.slice(prefix.length));
        const names = [...new Set(below.map((rest) => rest.split('/')[0] ?? ''))].filter((name) => name !== '').sort();
        const wantedChildren = names.map((name) => ({
          name,
          isDirectory: below.some((rest) => rest.startsWith(`${name}/`)),
        }));
        expect(childrenOf(all, wanted)).toEqual(wantedChildren);
      }),
    );
  });

  test('a pattern matches what the same regular expression matches', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), text, (parts, found) => {
        fc.pre(!parts.some((one) => one.includes('**')));
        const glob = compileGlob(parts.join('/'));
        const source = parts.join('/').replaceAll('.', '\\.').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
        expect(typeof glob === 'string' ? glob : glob.matches(found)).toBe(new RegExp(`^${source}$`).test(found));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkArgumentKinds } from '../../../src/render/helpers/define.js';
import type { Helper } from '../../../src/render/helpers/helper.js';
import { blockHelpers, helperGroups, helpers } from '../../../src/render/helpers/registry.js';
import { makeView } from '../views.js';

class Rejection extends Error {}

const fail = (message: string): never => {
  throw new Rejection(message);
};
const view = makeView({
  kv: { pairs: [{ key: '/a/b', value: '1' }], tree: {} },
  env: { A: 'a' },
});

/** JSON, and data that helpers interpret: field names, patterns, numbers in text, addresses, unusual characters. */
const argument = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '',
    'a',
    'a.b',
    'tags',
    '/a/*',
    '/**',
    '(a+)+$',
    '[',
    '\\d',
    '1',
    '-0.5',
    '1e9',
    '192.0.2.1',
    '::1',
    '10.0.0.0/8',
  ),
  fc.constantFrom<unknown>('{"a":1}', 'YQ==', '\uD800', '\u2028', 'x\ny', '__proto__', 'constructor', 'toString', '$1'),
  fc.constantFrom<unknown>(0, 1, -1, 0.5, 1000, 1e15, 1e300, -1e300, Number.MAX_SAFE_INTEGER),
  fc.array(
    fc.oneof(
      fc.integer(),
      fc.string(),
      fc.record({ a: fc.oneof(fc.integer(), fc.string()), tags: fc.array(fc.string()) }),
    ),
  ),
  fc.string({ maxLength: 40 }),
  fc.constant(Object.create(null) as unknown),
);

const hash = fc.dictionary(fc.constantFrom('a', 'tags', 'a.b', '__proto__'), argument, {
  maxKeys: 2,
  noNullPrototype: true,
});

function argumentsOf({ parameters, repeats }: Helper): fc.Arbitrary<unknown[]> {
  const least = parameters.filter(({ optional }) => optional !== true).length;
  const most = parameters.length + (repeats === true ? 3 : 0);
  return fc.array(argument, { minLength: least, maxLength: most });
}

describe('every helper, whatever its arguments,', () => {
  test.each([...helpers.values()].map((helper) => [helper.name, helper] as const))(
    '%s gives plain data, twice the same, or rejects',
    (_name, helper) => {
      const run = (args: readonly unknown[], given: Readonly<Record<string, unknown>>): unknown => {
        const call = { hash: given, fail, view, findService: () => undefined, holderOf: () => undefined };
        try {
          checkArgumentKinds(helper, args, call);
          return { value: helper.run(args, call) };
        } catch (error) {
          if (error instanceof Rejection) return { rejected: error.message };
          throw error;
        }
      };
      fc.assert(
        fc.property(argumentsOf(helper), hash, (args, given) => {
          const before = JSON.stringify([args, given]);
          const result = run(args, given);
          expect(run(args, given)).toEqual(result);
          expect(JSON.stringify([args, given])).toBe(before);
          expect(() => structuredClone(result)).not.toThrow();
        }),
        { numRuns: 100 },
      );
    },
  );
});

describe('names', () => {
  const all = helperGroups.flatMap((group) => group.helpers.map(({ name }) => name));

  test('are unique', () => {
    expect(all).toEqual([...new Set(all)]);
    expect(helpers.size).toBe(all.length);
    const groups = helperGroups.map(({ name }) => name);
    expect(groups).toEqual([...new Set(groups)]);
  });

  test('differ from names of blocks, words of the language and properties of objects', () => {
    for (const name of all) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      expect([
        ...blockHelpers.keys(),
        'else',
        'this',
        'as',
        'inline',
        'true',
        'false',
        'null',
        'undefined',
        'each',
        'log',
      ]).not.toContain(name);
      expect(name in {}).toBe(false);
    }
  });

  test('of parameters that may be left out come last', () => {
    for (const { parameters } of helpers.values()) {
      const flags = parameters.map(({ optional }) => optional === true);
      expect(flags).toEqual(flags.toSorted((a, b) => Number(a) - Number(b)));
    }
  });
});

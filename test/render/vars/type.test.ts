import Ajv from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findVarMistake } from '../../../src/render/vars/check.js';
import { toJsonSchema } from '../../../src/render/vars/json-schema.js';
import { describeVarType, parseVarType, TypeSyntaxError } from '../../../src/render/vars/type.js';
import type { VarType } from '../../../src/render/vars/type.js';

const typeOf = (text: string): VarType => {
  const { type, length } = parseVarType(text);
  expect(text.slice(length)).toBe('');
  return type;
};

describe('a type', () => {
  test.each<[string, VarType, string]>([
    ['text', { kind: 'text' }, 'text'],
    ['text /^a\\/b$/', { kind: 'text', pattern: '^a\\/b$' }, 'text'],
    ['boolean', { kind: 'boolean' }, 'true or false'],
    ['integer 0..65535', { kind: 'integer', min: 0, max: 65535 }, 'a whole number from 0 to 65535'],
    ['number ..1.5', { kind: 'number', max: 1.5 }, 'a number up to 1.5'],
    ['integer -1..', { kind: 'integer', min: -1 }, 'a whole number from -1'],
    ['list', { kind: 'list', of: { kind: 'any' } }, 'a list'],
    ['list of map of text', { kind: 'list', of: { kind: 'map', of: { kind: 'text' } } }, 'a list of maps of texts'],
    [
      '"" | "http"',
      {
        kind: 'union',
        of: [
          { kind: 'literal', value: '' },
          { kind: 'literal', value: 'http' },
        ],
      },
      '"" or "http"',
    ],
    [
      'map of (integer | text)',
      { kind: 'map', of: { kind: 'union', of: [{ kind: 'integer' }, { kind: 'text' }] } },
      'a map of whole numbers or texts',
    ],
  ])('%s', (text, type, words) => {
    expect(typeOf(text)).toEqual(type);
    expect(describeVarType(type)).toBe(words);
  });

  test.each([
    ['txt', 'there is no type "txt"'],
    ['', 'there is no type ""'],
    ['list of', 'there is no type ""'],
    ['(text', 'a closing parenthesis is missing'],
    ['text /(/', 'its pattern is not a regular expression'],
    ['integer 2..1', 'its range is empty'],
    ['"\\x"', '"\\x" is not a JSON text'],
    ['('.repeat(100_000), 'it has too many types within types'],
    ['list of '.repeat(100_000), 'it has too many types within types'],
  ])('%.20s is refused', (text, message) => {
    expect(() => parseVarType(text)).toThrow(new TypeSyntaxError(message));
  });
});

describe('a value', () => {
  test.each<[string, unknown, string, string?]>([
    ['boolean', 'no', 'expected true or false, got the text "no"', 'YAML 1.2 reads this word as text: write `false`.'],
    ['boolean', 'Yes', 'expected true or false, got the text "Yes"', 'YAML 1.2 reads this word as text: write `true`.'],
    ['boolean', 'true', 'expected true or false, got text', 'Write it without quotes.'],
    ['boolean', 'hunter2', 'expected true or false, got text'],
    ['boolean', 0, 'expected true or false, got a number'],
    ['boolean', null, 'expected true or false, got nothing'],
    ['integer', '5', 'expected a whole number, got text', 'Write it without quotes.'],
    ['integer 0..9', 10, 'must be at most 9'],
    ['integer 0..9', -1, 'must be at least 0'],
    ['integer', 1.5, 'must be a whole number'],
    ['number', Infinity, 'expected a number, got a number'],
    ['text', 5, 'expected text, got a number', 'YAML does not read this as text: put it in quotes.'],
    ['text /^a/', 'b', 'must match /^a/'],
    ['"" | "http" | "tcp"', 'htp', 'expected "" or "http" or "tcp", got text', 'Did you mean `http`?'],
    ['"" | "http"', 'secret', 'expected "" or "http", got text'],
    ['map of (integer 1..9 | text)', { a: 'x', b: 10 }, 'must be at most 9'],
    ['list of text', 'a', 'expected a list of texts, got text'],
  ])('%s refuses %j', (type, value, message, hint) => {
    const found = findVarMistake(typeOf(type), value);
    expect(found).toMatchObject({ message, ...(hint !== undefined && { hint }) });
    expect(found?.hint).toBe(hint);
  });

  test('is refused with the path to its wrong part', () => {
    expect(findVarMistake(typeOf('list of map of text'), [{}, { a: 'b', c: 1 }])?.path).toEqual([1, 'c']);
  });

  const typeTexts = fc.constantFrom(
    ...['any', 'text', 'text /^a+$/', 'boolean', 'integer 0..9', 'number', 'list of text', 'map of (integer | text)'],
    ...['"" | "a"', 'list', 'map of list of boolean'],
  );
  const values = fc.oneof(
    ...[fc.constantFrom('', 'a', 'aa', 'no', true, null, 0, 9, 10, -1, 1.5), fc.array(fc.constantFrom('a', 1, true))],
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom<unknown>('a', 1, [true], [1])),
  );
  test('fits a type exactly if it fits its JSON Schema', () => {
    fc.assert(
      fc.property(typeTexts, values, (text, value) => {
        const type = typeOf(text);
        expect(findVarMistake(type, value) === undefined).toBe(new Ajv().validate(toJsonSchema(type), value));
      }),
    );
  });
});

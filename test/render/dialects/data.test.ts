import { expect, test } from 'vitest';
import type { Grammar } from '../../../src/render/dialects/grammar.js';
import { json } from '../../../src/render/dialects/json.js';
import { scan } from '../../../src/render/dialects/scan.js';
import { initialState } from '../../../src/render/dialects/state.js';
import { valueMark } from '../../../src/render/dialects/marks.js';
import { zone } from '../../../src/render/dialects/zone.js';
import { yaml } from '../../../src/render/dialects/yaml.js';

/** Writes any data after a text; undefined where only text can be written. */
function writeAfter(grammar: Grammar, text: string, next: string, data: unknown): string | undefined {
  const context = grammar.contextAt(scan(grammar, initialState, text), next);
  if ('refused' in context) throw new Error(context.refused);
  return context.writeData?.(data);
}

test.each([
  ['k: ', '\n', ['a', 1, null, true], '["a",1,null,true]'],
  ['k: ', '\n', { a: { b: [] } }, '{"a":{"b":[]}}'],
  ['k: ', '\n', ['web'], '["web"]'],
  ['k: ', '\n', 1e21, '1.0e+21'],
  ['k: ', '\n', [1.5e-7, 1.55e-7, -1e-10, 100], '[1.5e-7,1.55e-7,-1.0e-10,100]'],
  ['k: ', '\n', ['a1e5', 1e21, '"1e5', '\\1e5'], '["a1e5",1.0e+21,"\\"1e5","\\\\1e5"]'],
  ['k: ', '\n', { '\u2028': '\u0085\ufeff\uffff' }, '{"\\u2028":"\\u0085\\ufeff\\uffff"}'],
  ['k: ', '\n', ['\u007f'], '["\\u007f"]'],
  ['k: ', '\n', 'web', 'web'],
  ['k: ', '\n', 'yes', '"yes"'],
  ['k: ', '\n', 80, '80'],
  ['k: ', '\n', false, 'false'],
  ['k: x', '\n', [1], undefined],
  ['k: "', '"\n', [1], undefined],
])('yaml: after %j and before %j, %j is %s', (text, next, data, expected) => {
  expect(writeAfter(yaml, text, next, data)).toBe(expected);
});

test.each([
  ['[', ']', ['a"', { b: 1.5 }], '["a\\"",{"b":1.5}]'],
  ['[', ']', 'a', '"a"'],
  ['[', ']', Object.assign(Object.create(null) as object, { a: ['b'] }), '{"a":["b"]}'],
  ['["', '"]', ['a'], undefined],
])('json: after %j and before %j, %j is %s', (text, next, data, expected) => {
  expect(writeAfter(json, text, next, data)).toBe(expected);
});

test.each([[Infinity], [Number.NaN], [{ a: [Infinity] }]])('json: %j is refused', (data) => {
  expect(() => writeAfter(json, '[', ']', data)).toThrow('JSON has no infinite numbers');
});

test.each([['\ud800'], [['\udc00a']], [{ a: '\ud800' }], [{ '\ud800': 'a' }], [{ a: [{ '\udc00': 1 }] }]])(
  'json: %j is refused',
  (data) => {
    expect(() => writeAfter(json, '[', ']', data)).toThrow('it is not valid Unicode');
  },
);

test('yaml: data in place of a key has the limit of a key', () => {
  expect(writeAfter(yaml, '', ': 1', 'a'.repeat(1024))).toHaveLength(1024);
  expect(() => writeAfter(yaml, '', ': 1', 'a'.repeat(1025))).toThrow('it makes a key');
});

test('yaml: each key of data has the limit of a key', () => {
  const write = (length: number, value: unknown): string | undefined =>
    writeAfter(yaml, 'k: ', '\n', { a: [{ ['b'.repeat(length - 2)]: value }] });
  expect(write(1024, 'c'.repeat(2000))).toHaveLength(1024 + 2002 + 11);
  expect(() => write(1025, 1)).toThrow('it makes a key');
});

test('zone: no value goes into a string after an unescaped value', () => {
  const state = scan(zone, initialState, `x TXT "a${valueMark}`);
  expect(zone.contextAt(state, '"')).toHaveProperty(
    'refused',
    'a value in quotes that contain another value or a block',
  );
});

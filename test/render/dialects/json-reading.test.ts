import { expect, test } from 'vitest';
import { json } from '../../../src/render/dialects/json.js';
import { fill, trace } from './reading.js';

test.each([
  ['{"a\\"b": "c\\\\", d}', '__""\\""___""\\"_____'],
  ['"\\u0041" x', '_"\\"""""___'],
])('%j is read as %s', (text, expected) => {
  expect(trace(json, text)).toBe(expected);
});

test.each([
  ['{"a": ¤}', 'x"y\\z\n', '{"a": "x\\"y\\\\z\\n"}'],
  ['{"a": "b¤c"}', 'x"y\\z\n', '{"a": "bx\\"y\\\\z\\nc"}'],
  ['["\\¤"]', 'x', '!a value right after a backslash'],
  ['["\\\\¤"]', 'x', '["\\\\x"]'],
  ['[¤]', '\ud800', '!it is not valid Unicode'],
  ['["¤"]', '\ud800', '!it is not valid Unicode'],
  ['["¤", ¤]', '\u2028', '["\u2028", "\u2028"]'],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(json, text, value)).toBe(expected);
});

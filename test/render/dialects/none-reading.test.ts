import { expect, test } from 'vitest';
import { none } from '../../../src/render/dialects/none.js';
import { fill, trace } from './reading.js';

test.each([['a "b\n# c', '_________']])('%j is read as %s', (text, expected) => {
  expect(trace(none, text)).toBe(expected);
});

test.each([
  ['a ¤ "¤"', 'x "y', 'a x "y "x "y"'],
  ['¤', 'a\nb', '!it contains a line break or another control character'],
  ['¤', '\ud800', '!it is not valid Unicode'],
  ['¤', '\u0085', '!it contains a line break or another control character'],
  ['¤', '\u2029', '!it contains a line break or another control character'],
  ['¤', '\u007f', '!it contains a line break or another control character'],
  ['¤', '', ''],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(none, text, value)).toBe(expected);
});

import { expect, test } from 'vitest';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import {
  addChar,
  addValue,
  beginNode,
  continues,
  joinPlain,
  noPlain,
} from '../../../src/render/dialects/yaml-plain.js';
import type { Plain } from '../../../src/render/dialects/yaml-plain.js';

const at = (patch: Partial<Plain>): Plain => ({ ...noPlain, ...patch });

test('at the beginning, no scalar is open and no key is above', () => {
  expect(noPlain).toEqual({ text: '', open: 'no', low: -1, high: -1, from: -1 });
});

test.each<[Partial<Plain>, Partial<Plain>, Partial<Plain>]>([
  [{ text: '1' }, { text: '1' }, { text: '1' }],
  [{ text: '1' }, { text: valueMark }, { text: '1' }],
  [{ text: valueMark }, { text: '1' }, { text: '1' }],
  [{ text: '1' }, { text: '2' }, { text: unknownMark }],
  [{ text: '' }, { text: '2' }, { text: unknownMark }],
  [{ text: unknownMark }, { text: valueMark }, { text: unknownMark }],
  [{ open: 'yes' }, { open: 'yes' }, { open: 'yes' }],
  [{ open: 'no' }, { open: 'yes' }, { open: 'maybe' }],
  [
    { low: 2, high: 4 },
    { low: 1, high: 3 },
    { low: 1, high: 4 },
  ],
  [
    { low: 1, high: 3 },
    { low: 2, high: 4 },
    { low: 1, high: 4 },
  ],
  [
    { open: 'no', low: -1, from: -1 },
    { open: 'yes', low: 2, from: 2 },
    { open: 'maybe', low: -1, from: 2 },
  ],
  [
    { open: 'yes', low: 2, from: 2 },
    { open: 'no', low: 4, from: -1 },
    { open: 'maybe', low: 2, from: 2 },
  ],
  [
    { open: 'yes', low: 2, from: 2 },
    { open: 'maybe', low: 1, from: 1 },
    { open: 'maybe', low: 1, from: 1 },
  ],
])('%j and %j join to %j', (a, b, expected) => {
  expect(joinPlain(at(a), at(b))).toEqual(at(expected));
});

test.each([
  ['', '1', '1'],
  ['1', 'e', '1e'],
  ['1', 'x', valueMark],
  [valueMark, '1', valueMark],
  [unknownMark, '1', unknownMark],
  [unknownMark, 'w', valueMark],
])('the text %j with %j is %j', (text, char, expected) => {
  const plain = at({ text, open: 'yes', low: 2, high: 4, from: 2 });
  expect(addChar(plain, char)).toEqual({ ...plain, text: expected });
  expect(addValue(plain)).toEqual({ ...plain, text: valueMark });
});

test.each<[string, Partial<Plain>]>([
  ['k:', { low: 0, high: 0 }],
  ['  k:', { low: 2, high: 2 }],
  ['-', { low: 0, high: 0 }],
  ['- -', { low: 2, high: 2 }],
  ['-   k:', { low: 4, high: 4 }],
  ['- ?', { low: 2, high: 2 }],
  ['?  k:', { low: 3, high: 3 }],
  [':  k:', { low: 3, high: 3 }],
  ['---', { low: -1, high: -1 }],
  ['--- -', { low: 4, high: 4 }],
  ['---  - k:', { low: 7, high: 7 }],
  [' !t', { low: 8, high: 9 }],
  ['&x', { low: 8, high: 9 }],
  ['- !t &x', { low: 8, high: 9 }],
  ['!t k:', { low: 0, high: 0 }],
  ['k: !t', { low: 0, high: 0 }],
  [`${unknownMark}k:`, { low: -1, high: Number.MAX_SAFE_INTEGER }],
  [`${valueMark}:`, { low: 0, high: 0 }],
])('the node after %j belongs to the column %j', (line, expected) => {
  const before = at({ text: '1', open: 'yes', low: 8, high: 9 });
  expect(beginNode(before, line)).toEqual(at({ text: '', open: 'no', ...expected }));
});

test.each<[Plain['open'], number, Plain['open']]>([
  ['no', 9, 'no'],
  ['no', NaN, 'no'],
  ['yes', NaN, 'maybe'],
  ['maybe', NaN, 'maybe'],
  ['yes', 2, 'no'],
  ['yes', 3, 'maybe'],
  ['yes', 4, 'maybe'],
  ['yes', 5, 'yes'],
  ['maybe', 2, 'no'],
  ['maybe', 5, 'maybe'],
])(
  'after a scalar that is open (%s), a line with the indentation %s continues it: %s',
  (open, indentation, expected) => {
    expect(continues(at({ open, low: -1, high: 4, from: 2 }), indentation)).toBe(expected);
  },
);

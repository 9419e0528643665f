import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { beginsOtherType, fitsOtherType, isOtherType } from '../../../src/render/dialects/yaml-types.js';

/** Scalars that some reader does not read as text. */
const others = [
  ...'y n yes no on off true false null ~ .inf +.inf -.inf .nan << ='.split(' '),
  ...'Y No ON TRUE Null .Inf .NaN 0X1F 0O17 0B11 1E5 2001-12-14T21:59:43Z'.split(' '),
  ...'0 -1 +1 1_000 1,000 017 0o17 -0o17 +0o17 0x1f -0xAF +0x_ff 0b11 -0b1_1 +0b0'.split(' '),
  ...'1. .5 -.5 +1.5 1.5_0 1e5 -1e5 1.5e+10 1_0.5e-1_0 .5e3 1:30 -1:30 +190:20:30 1:30.5'.split(' '),
  ...'2001-12-14 2001-1-1 2001-12-14t21:59:43.10-05:00 2001-12-14T1:2:3+0530 2001-12-14T1:2:3Z'.split(' '),
  '2001-12-14 21:59:43.10 -5',
  '2001-12-14 \t 21:59:43 Z',
];

test.each(others)('%j is of another type, from its first character on', (text) => {
  expect(isOtherType(text)).toBe(true);
  for (let end = 0; end <= text.length; end++)
    expect(beginsOtherType(text.slice(0, end)), text.slice(0, end)).toBe(true);
  for (let start = 0; start < text.length; start++)
    expect(fitsOtherType(text.slice(start)), text.slice(start)).toBe(true);
});

test.each([
  ...'a yy ya noo tru! nul. .infx .nanx x=1 =1 <<< ~~ 1x 1e5x 0x1g 0o8 0b2 --1 +-1 1.5.5 1e5.5 1e+-5 _1 _'.split(' '),
  ...'10.0.0.1 1:300 1:30:a 1-1 20011-1 200-1 2001-123 2001-1-123 2001-12-14x 2001-12-14T123 2001-12-14T1:123'.split(
    ' ',
  ),
  ...'2001-12-14T1:2:345 2001-12-14T1:2:3ZZ 2001-12-14T1:2:3+12345 2001-12-14T1:2:3+1:234 1:30e5 .5:30 0x1.5 1_000x'.split(
    ' ',
  ),
  ...['2001 12', '1 ', '2001-12-14 Z', '2001-12-14 21:59:43.x', 'true x', ' true', '\u00e9'],
])('%j begins nothing but text', (text) => {
  expect(beginsOtherType(text)).toBe(false);
  expect(isOtherType(text)).toBe(false);
});

test.each(['t', 'tr', 'nu', 'o', 'ye', '<', '+.i'])('%j is text, but begins another type', (text) => {
  expect(isOtherType(text)).toBe(false);
  expect(beginsOtherType(text)).toBe(true);
  for (const version of ['1.1', '1.2'] as const) expect(parse(text, { version })).toBe(text);
});

test.each(Array.from('ghjkmpqvwGHJKMPQVW/@%*&!?#"\'()[]{}|>;^$\\`é'))('a scalar with %j is text', (char) => {
  expect(fitsOtherType(char)).toBe(false);
  expect(fitsOtherType(`1${char}1`)).toBe(false);
});

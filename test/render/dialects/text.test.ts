import { expect, test } from 'vitest';
import { json } from '../../../src/render/dialects/json.js';
import { scan } from '../../../src/render/dialects/scan.js';
import { initialState } from '../../../src/render/dialects/state.js';
import { bytesOf, fitInto, onlyThese, plainText, standsAlone, wholeText } from '../../../src/render/dialects/text.js';

const control = 'it contains a line break or another control character';
const invalid = 'it is not valid Unicode';

test.each(['', 'a b', 'é👍', '\u00a0', '\u2027', '\u202a', '~', '\u00a0'])('%j is plain text', (text) => {
  expect(plainText(text)).toBe(text);
  expect(wholeText(text)).toBe(text);
});

test.each([
  ...['\n', '\r', '\t', '\0', '\x1f', '\x7f', '\x80', '\x9f', '\u2028', '\u2029', 'a\nb', '\n\ud800'].map(
    (text) => [text, control] as const,
  ),
  ...['\ud800', 'a\udfff', '\udc00\ud800'].map((text) => [text, invalid] as const),
])('%j is not: %s', (text, reason) => {
  expect(() => plainText(text)).toThrow(reason);
  if (reason === invalid) expect(() => wholeText(text)).toThrow(reason);
  else if (!text.includes('\ud800')) expect(wholeText(text)).toBe(text);
});

test('only allowed characters pass, and the first other one is named', () => {
  expect(onlyThese('abba', /[ab]/, 'here')).toBe('abba');
  expect(onlyThese('', /[ab]/, 'here')).toBe('');
  expect(onlyThese('👍', /[👍]/u, 'here')).toBe('👍');
  expect(() => onlyThese('ab cd', /[ab]/, 'here')).toThrow('a blank is not allowed here');
  expect(() => onlyThese('"', /[ab]/, 'here')).toThrow("'\"' is not allowed here");
  expect(() => onlyThese('a👍', /[ab]/, 'here')).toThrow('"👍" is not allowed here');
  expect(() => onlyThese('a\n', /[ab]/, 'here')).toThrow(control);
  expect(() => onlyThese('xa', /[ab]/, 'here')).toThrow('"x" is not allowed here');
  expect(() => onlyThese('x', /[ab]/, 'here', 'do this')).toThrow(expect.objectContaining({ hint: 'do this' }));
});

test.each([
  ['start', '', true],
  ['start', ';', true],
  ['start', 'x', false],
  ['start', '\uFFFF', undefined],
  ['start', ' \uFFFF', undefined],
  ['start', 'x\uFFFF', false],
  ['start', '\uFFFC', false],
  ['inside', '', false],
  ['inside', ';', false],
  ['inside', '\uFFFF', false],
  ['unknown', '', undefined],
  ['unknown', ';', undefined],
  ['unknown', 'x', false],
] as const)('a value where a word would %s, before %j, is a whole word: %s', (word, next, expected) => {
  expect(standsAlone(word, next, /^;/)).toBe(expected);
});

test.each([
  ['a', 9, true],
  ['a', 10, false],
  ['éé', 6, true],
  ['éé', 7, false],
  ['日', 7, true],
  ['日', 8, false],
  ['aaaaaaaaaa', 0, true],
  ['aaaaaaaaaaa', 0, false],
])('%j with %d bytes around it fits into 10 bytes: %s', (text, around, fits) => {
  if (fits) expect(fitInto(text, around, 10, 'a line')).toBe(text);
  else expect(() => fitInto(text, around, 10, 'a line')).toThrow('it makes a line longer than 10 bytes');
});

test('a large limit is written with separators', () => {
  expect(() => fitInto('aa', 1023, 1024, 'a line')).toThrow('it makes a line longer than 1,024 bytes');
});

test('the marks have no bytes', () => {
  expect(bytesOf('a\uFFFCé\uFFFF\uFFFC日')).toBe(6);
});

test('a scan passes whole characters, and stops when it is lost', () => {
  const seen: string[] = [];
  const grammar = {
    ...json,
    step: (_: unknown, char: string, next: string) => {
      seen.push(`${char}|${next}`);
      return char === 'b' ? { mode: 'lost' as const } : {};
    },
  };
  const end = scan(grammar, { ...initialState, indent: '  ', line: 'x' }, 'a\n👍bc');
  expect(seen).toEqual(['a|\n', '\n|👍', '👍|b', 'b|c']);
  expect(end).toEqual({ ...initialState, mode: 'lost', indent: '  ', line: '  👍b' });
  expect(scan(grammar, initialState, '')).toBe(initialState);
});

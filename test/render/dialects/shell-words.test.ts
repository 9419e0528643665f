import { expect, test } from 'vitest';
import { isPlainName, readWords, skipToCommand, splits } from '../../../src/render/dialects/shell-words.js';
import { splitWords } from './split-words.js';

test.each(splitWords)('%j has the words %j', (text, expected) => {
  expect(readWords(`${text} `).before.map((word) => word.text)).toEqual(expected);
});

/** The last word of a text in all its forms, complete and open. */
test.each([
  ['x ab', { raw: 'ab', bare: 'ab', text: 'ab', expands: false }],
  [`x a'b c'd`, { raw: `a'b c'd`, bare: 'a"""d', text: 'ab cd', expands: false }],
  ['x "a b"', { raw: '"a b"', bare: '"""', text: 'a b', expands: false }],
  ['x a\\$b', { raw: 'a\\$b', bare: 'a"b', text: 'a$b', expands: false }],
  ['x "a\\$b\\c"', { raw: '"a\\$b\\c"', bare: '""""', text: 'a$b\\c', expands: false }],
  [`x '$a'`, { raw: `'$a'`, bare: '""', text: '$a', expands: false }],
  ['x "a$b"', { raw: '"a$b"', bare: '"""', text: 'a$b', expands: true }],
  ['x $a', { raw: '$a', bare: '$a', text: '$a', expands: true }],
  [`x $a"b"'c'`, { raw: `$a"b"'c'`, bare: '$a""', text: '$abc', expands: true }],
])('%j: its last word is %j', (text, word) => {
  expect(readWords(text).current).toEqual(word);
  expect(readWords(`${text} `).before.at(-1)).toEqual(word);
  expect(readWords(`$z ${text}`).current).toEqual(word);
  expect(readWords(`x >"$z" ${text}`).current).toEqual(word);
});

test('a name in braces before a redirection is the redirected descriptor, as in bash', () => {
  const texts = readWords('a {b}>f {bc}<f d ').before.map(({ text }) => text);
  expect(texts).toEqual(['a', 'd']);
});

const none = { raw: '', bare: '', text: '', expands: false };

test.each([
  ['a ', '', '', none],
  ['a "b', '"', '', { raw: '"b', bare: '"', text: 'b', expands: false }],
  [`a 'b`, `'`, '', { raw: `'b`, bare: '"', text: 'b', expands: false }],
  ['a >', '', '>', none],
  ['a > ', '', '>', none],
  ['a >>', '', '>>', none],
  ['a <>', '', '<>', none],
  ['a <&', '', '<&', none],
  ['a >|', '', '>|', none],
  ['a >f', '', '>', { raw: 'f', bare: 'f', text: 'f', expands: false }],
  ['a >f ', '', '', none],
  ['a 2>', '', '>', none],
  ['a 12<', '', '<', none],
  ['a {b}>', '', '>', none],
  ['a {bc}>', '', '>', none],
  ['a $b>', '', '>', none],
  ['a >f <', '', '<', none],
])('%j ends in the quote %j, after the redirection %j, in the word %j', (text, quote, redirection, current) => {
  expect(readWords(text)).toMatchObject({ quote, redirection, current });
});

test('only an expansion outside quotes splits a word', () => {
  expect(['$a', 'a"b"$c', '"$a"', `'$a'`, '\\$a'].map((raw) => splits(readWords(raw).current))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

/** Texts, and the words from the name of the command on. */
test.each([
  ['time -p ls', ['ls']],
  ['time -- ls', ['ls']],
  ['time -p -- ls', ['ls']],
  ['time -p -p ls', ['ls']],
  ['time -- -p ls', ['-p', 'ls']],
  ['time x-p ls', ['x-p', 'ls']],
  ['time -px ls', ['-px', 'ls']],
  ['-p ls', ['-p', 'ls']],
  ['if -p ls', ['-p', 'ls']],
  ['a=time -p ls', ['-p', 'ls']],
  ['time=1 -p ls', ['-p', 'ls']],
  ['ls time -p x', ['ls', 'time', '-p', 'x']],
  ['\uFFFC=1 ls', ['ls']],
  ['time', []],
])('the command in %j is %j', (text, expected) => {
  expect(skipToCommand(readWords(`${text} `).before).map(({ raw }) => raw)).toEqual(expected);
});

test('a name with quotes, escapes, expansions or patterns is not plain', () => {
  expect(['ls', './x', '[', ':', '9x'].every((raw) => isPlainName({ raw }))).toBe(true);
  expect(['"ls"', 'l\\s', '$x', 'l*', '[x', '-x'].some((raw) => isPlainName({ raw }))).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../src/render/pattern/pattern.js';
import { evaluateWith, mistakesIn, rejectionOf } from './evaluate.js';
import { makeView } from '../views.js';

const evil = [
  '(a+)+$',
  '([a-zA-Z]+)*$',
  '(a|aa)+$',
  '(a|a)+$',
  '^(a|a)+$',
  '(.*a){12}$',
  '(a+){10}b',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '.*.*.*.*=.*',
  '(x+x+)+y',
  '(a{1,30}){1,30}b',
  '^a+a+a+a+a+b',
  'a(.*b)?',
];

describe('patterns that stall a backtracking machine', () => {
  const text = `${'a'.repeat(19_000)}!`;
  test.each(evil)('%s is searched, or refused, in bounded steps', (pattern) => {
    for (const call of ['regexMatch vars.text vars.pattern', 'regexReplace vars.text vars.pattern "-"'])
      expect(rejectionOf(call, makeView({ vars: { text, pattern } }))).toMatch(
        /^(not rejected$|the repeated part can be|the search of this text with the pattern takes too many steps|the pattern is too long)/,
      );
  });

  test.each(evil.slice(0, 6))('%s is right where a backtracking machine still ends', (pattern) => {
    for (const text of ['aaaaaaaa', 'aaaaaaaa!', 'b', ''])
      expect(evaluateWith({ text, pattern }, 'regexMatch vars.text vars.pattern')).toBe(
        new RegExp(pattern, 'u').test(text),
      );
  });
});

/** Patterns of the supported kind, each with what it must not be repeated as. */
const pattern = fc.letrec<{ choice: string; sequence: string; part: string; solid: string; atom: string }>((tie) => ({
  choice: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('sequence'),
    fc.tuple(tie('sequence'), tie('sequence')).map((parts) => parts.join('|')),
  ),
  sequence: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { depthSize: 'small' },
    tie('atom'),
    fc.constantFrom('^', '$', '\\b', '\\B'),
    fc
      .tuple(tie('solid'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,2}?', '{1,}'))
      .map((parts) => parts.join('')),
    tie('choice').map((inner) => `(${inner})`),
    tie('choice').map((inner) => `(?:${inner})`),
  ),
  solid: fc.oneof(
    { depthSize: 'small' },
    tie('atom'),
    fc.tuple(tie('atom'), tie('sequence')).map(([atom, rest]) => `(${atom}${rest})`),
    fc.tuple(tie('atom'), tie('sequence'), tie('atom')).map(([a, rest, b]) => `(?:${a}${rest}|${b})`),
  ),
  atom: fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\d', '\\s', '[a-c1]', '\\.', 'é', '[éb]'),
})).choice;
const subject = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.', '\n', 'é'), maxLength: 10 });

test('finds the same matches and groups as ECMAScript', () => {
  fc.assert(
    fc.property(pattern, subject, (source, text) => {
      const native = new RegExp(source, 'du').exec(text);
      const chars = Array.from(text);
      const offset = (index: number): number => Array.from(text.slice(0, index)).length;
      const wanted = native?.indices?.flatMap(
        (range) => (range as readonly number[] | undefined)?.map(offset) ?? [-1, -1],
      );
      expect(
        compilePattern(source).find(chars, 0, () => undefined),
        source,
      ).toEqual(wanted);
    }),
    { numRuns: 1500 },
  );
});

test('replaces the same texts as ECMAScript', () => {
  fc.assert(
    // Longer patterns are refused.
    fc.property(
      pattern.filter(({ length }) => length <= 500),
      subject,
      (source, text) => {
        const native = text.replace(new RegExp(source, 'gu'), '<$&>');
        expect(evaluateWith({ text, source }, 'regexReplace vars.text vars.source "<$0>"'), source).toBe(native);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['regexReplace vars.t "([a-z]+)-([0-9]+)" "$2.$1$$"', 'web-12', '12.web$'],
  ['regexReplace vars.t "(x)|." "$1"', 'axb', 'x'],
  ['regexReplace vars.t "." "-"', '👍a', '--'],
  ['regexReplace vars.t "^" "> "', 'x', '> x'],
  ['regexReplace vars.t "[^A-Za-z0-9_]" "_"', 'a.b-c d', 'a_b_c_d'],
  ['regexReplace vars.t "x*" "-"', 'abc', '-a-b-c-'],
  ['regexMatch vars.t "^web-\\d+$"', 'web-12', true],
  ['regexMatch vars.t "^web-\\d+$"', 'xweb-12', false],
  ['regexMatch vars.t "[\\w.-]+"', 'é', false],
])('%s of %s', (call, t, expected) => {
  expect(evaluateWith({ t }, call)).toBe(expected);
});

test.each([
  ['(a', 'the group is never closed (character 1 of the pattern)'],
  ['a)', '")" closes a group that is not open (character 2 of the pattern)'],
  ['[a', 'the set is never closed (character 1 of the pattern)'],
  ['*a', 'the repetition has nothing to repeat (character 1 of the pattern)'],
  ['a**', 'one repetition follows another directly: use a group (character 3 of the pattern)'],
  ['(a*)*', 'the repeated part can be empty: move the repetition inwards or out (character 1 of the pattern)'],
  ['(?=a)', 'the only supported group with (? is (?: ) (character 1 of the pattern)'],
  ['(?<n>a)', 'the only supported group with (? is (?: ) (character 1 of the pattern)'],
  ['(a)\\1', 'back references are not supported (character 4 of the pattern)'],
  ['\\q', 'there is no escape \\q (character 1 of the pattern)'],
  ['a\\', 'nothing follows the backslash (character 2 of the pattern)'],
  ['[b-a]', 'the end of the range is before its start (character 3 of the pattern)'],
  ['[\\d-z]', 'a range goes from one character to another (character 4 of the pattern)'],
  ['a{', '"{" begins a count such as {2} or {1,3}; write \\{ for the character (character 2 of the pattern)'],
  ['a{3,1}', 'the second count is less than the first (character 2 of the pattern)'],
  ['a{999}', 'a count is at most 100 (character 2 of the pattern)'],
  ['(?:(?:a{50}){50}){50}', 'the pattern is too long when its counts are expanded (character 1 of the pattern)'],
  ['('.repeat(60) + ')'.repeat(60), 'the groups are nested too deep (character 51 of the pattern)'],
  ['x'.repeat(501), 'the pattern is longer than 500 characters'],
])(
  'the pattern %s is a mistake at its position in the template, and is rejected when it is a value',
  (source, message) => {
    expect(mistakesIn(`regexMatch id "${source}"`)).toEqual([`15 ${message}`]);
    expect(rejectionOf('regexMatch "x" vars.source', makeView({ vars: { source } }))).toBe(message);
  },
);

test('a replacement names groups of its pattern', () => {
  expect(mistakesIn('regexReplace id "(a)" "$2"')).toEqual(['23 the pattern has 1 groups ( ), so $2 does not exist']);
  const view = makeView({ vars: { to: '$2' } });
  expect(rejectionOf('regexReplace "a" "(a)" vars.to', view)).toBe(
    'the pattern has 1 groups ( ), so $2 does not exist',
  );
});

test('a text that is too long is rejected', () => {
  const view = makeView({ vars: { t: 'x'.repeat(20_001) } });
  expect(rejectionOf('regexMatch vars.t "x"', view)).toContain('longer than the 20000 characters');
});

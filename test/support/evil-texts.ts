/** What etcd takes as one request by default (--max-request-bytes), so no value of a registration is longer. */
const LONGEST = 1_500_000;

/** Repeated, each makes a pattern that backtracks, or a parser that recurses, show it. */
export const evilUnits: readonly string[] = [
  'a',
  ' ',
  'a ',
  '0',
  '9.',
  '/',
  'a/',
  ':',
  '::',
  ',',
  '.',
  '-',
  '_',
  '%',
  '@',
  '=',
  '#',
  '?',
  '\\',
  '"',
  '"\\',
  "'",
  '(',
  '[',
  '[[',
  ']',
  '{',
  '{"a":',
  '[{"a":',
  '<',
  '\n',
  '\t',
  '\0',
  '\u2028',
  'é',
  '😀',
  '\udc80',
  '%3A%2F%2F',
  '/providers/%3A',
  'http://',
  '10.0.0.1:80,',
  'a=b&',
  '- a\n',
  '/services/',
  '$(',
  '{{',
];

/** The unit again and again, of so many UTF-16 code units. */
export function repeated(unit: string, length = LONGEST): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** A long run of one sign in the middle of something else: what is not at the end makes a search from each start fail late. */
export function within(unit: string, length = LONGEST): string {
  return `x${repeated(unit, length - 2)}x`;
}

/** JSON that is right, and deeper than any stack. */
export const deepTexts: readonly string[] = [
  `${'['.repeat(LONGEST / 2)}${']'.repeat(LONGEST / 2)}`,
  `${'{"a":'.repeat(LONGEST / 6)}1${'}'.repeat(LONGEST / 6)}`,
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `{"address":"10.0.0.1","port":80,"metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
];

/** etcd's default limit of a request (--max-request-bytes). No value of a registration is longer. */
const LONGEST = 1_500_000;

/** Units that, when repeated, make a backtracking pattern slow and a recursive parser fail. */
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

/** The unit, repeated to this length in UTF-16 code units. */
export function repeated(unit: string, length = LONGEST): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** A long run of one character inside another text. A search that expects it at the end fails late at every start. */
export function within(unit: string, length = LONGEST): string {
  return `x${repeated(unit, length - 2)}x`;
}

/** Valid JSON that nests deeper than any stack. */
export const deepTexts: readonly string[] = [
  `${'['.repeat(LONGEST / 2)}${']'.repeat(LONGEST / 2)}`,
  `${'{"a":'.repeat(LONGEST / 6)}1${'}'.repeat(LONGEST / 6)}`,
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `{"address":"10.0.0.1","port":80,"metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
];

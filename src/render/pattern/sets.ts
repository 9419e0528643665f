import { PatternError } from './problem.js';

/** A set of characters: those in the ranges (including both ends), or all others. */
export interface CharSet {
  readonly ranges: readonly (readonly [string, string])[];
  readonly negated: boolean;
}

const digits = [['0', '9']] as const;
const words = [
  ['0', '9'],
  ['A', 'Z'],
  ['_', '_'],
  ['a', 'z'],
] as const;
/** White space and line ends by ECMAScript's definition. */
const blanks = [
  ['\t', '\r'],
  [' ', ' '],
  ['\u00a0', '\u00a0'],
  ['\u1680', '\u1680'],
  ['\u2000', '\u200a'],
  ['\u2028', '\u2029'],
  ['\u202f', '\u202f'],
  ['\u205f', '\u205f'],
  ['\u3000', '\u3000'],
  ['\ufeff', '\ufeff'],
] as const;

const classes: Readonly<Record<string, CharSet>> = {
  d: { ranges: digits, negated: false },
  D: { ranges: digits, negated: true },
  w: { ranges: words, negated: false },
  W: { ranges: words, negated: true },
  s: { ranges: blanks, negated: false },
  S: { ranges: blanks, negated: true },
};

/** `.`: any character that is not a line end. */
export const anyChar: CharSet = {
  ranges: [
    ['\n', '\n'],
    ['\r', '\r'],
    ['\u2028', '\u2029'],
  ],
  negated: true,
};

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', '0': '\0' };

/** Whether a character, one code point, is in the set. */
export function isIn({ ranges, negated }: CharSet, char: string): boolean {
  const code = codeOf(char);
  return ranges.some(([from, to]) => codeOf(from) <= code && code <= codeOf(to)) !== negated;
}

/** True for `\w`. */
export function isWord(char: string | undefined): boolean {
  return char !== undefined && isIn({ ranges: words, negated: false }, char);
}

export interface SetWithEnd {
  readonly set: CharSet;
  /** Index after the set. */
  readonly end: number;
}

/** The set of an escape. @param at index after the backslash. @throws PatternError */
export function readEscape(chars: readonly string[], at: number): SetWithEnd {
  const char = chars[at] ?? '';
  const known = Object.hasOwn(classes, char) ? classes[char] : undefined;
  if (known !== undefined) return { set: known, end: at + 1 };
  const control = Object.hasOwn(controls, char) ? controls[char] : undefined;
  if (control !== undefined) return { set: single(control), end: at + 1 };
  if (/^[!-/:-@[-`{-~ ]$/.test(char)) return { set: single(char), end: at + 1 };
  throw new PatternError(char === '' ? 'nothing follows the backslash' : `there is no escape \\${char}`, at - 1);
}

/** The set in `[ ]`. @param start index after `[`. @throws PatternError */
export function readSet(chars: readonly string[], start: number): SetWithEnd {
  let at = start;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: (readonly [string, string])[] = [];
  const readOne = (): CharSet => {
    const char = chars[at] ?? '';
    const { set, end } = char === '\\' ? readEscape(chars, at + 1) : { set: single(char), end: at + 1 };
    if (set.negated) throw new PatternError('\\D, \\S and \\W are not allowed in [ ]', at);
    at = end;
    return set;
  };
  while (chars[at] !== ']') {
    if (at >= chars.length) throw new PatternError('the set is never closed', start - 1);
    const set = readOne();
    const from = charOf(set);
    if (chars[at] !== '-' || chars[at + 1] === ']' || at + 1 >= chars.length) {
      ranges.push(...set.ranges);
      continue;
    }
    const hyphen = at++;
    const to = charOf(readOne());
    if (from === undefined || to === undefined)
      throw new PatternError('a range goes from one character to another', hyphen);
    if (codeOf(from) > codeOf(to)) throw new PatternError('the end of the range is before its start', hyphen);
    ranges.push([from, to]);
  }
  return { set: { ranges, negated }, end: at + 1 };
}

/** The set of one character. */
export function single(char: string): CharSet {
  return { ranges: [[char, char]], negated: false };
}

function charOf({ ranges }: CharSet): string | undefined {
  const [range] = ranges;
  return ranges.length === 1 && range !== undefined && range[0] === range[1] ? range[0] : undefined;
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

import { groupDigits } from '../../model/group-digits.js';
import { DialectRefusal } from './grammar.js';
import { unknownMark } from './marks.js';
import type { State } from './state.js';

/** Characters that end a line for some reader or control a terminal: C0, DEL, C1, and Unicode's line and paragraph separators. */
const control = /[\p{Cc}\u2028\u2029]/u;
/** Control characters and lone surrogates. Most texts have none, so one test is enough for them. */
const suspicious = /[\p{Cc}\u2028\u2029\p{Surrogate}]/u;

/** Returns the text. @throws DialectRefusal for line breaks, other control characters and invalid Unicode. */
export function plainText(text: string): string {
  if (!suspicious.test(text)) return text;
  if (control.test(text)) throw new DialectRefusal('it contains a line break or another control character');
  return wholeText(text);
}

/** Returns the text. @throws DialectRefusal for lone surrogates, which UTF-8 cannot encode. */
export function wholeText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new DialectRefusal('it is not valid Unicode');
  return text;
}

/** Expressions that match texts of allowed characters only, by the source of the set of characters. */
const wholes = new Map<string, RegExp>();

/**
 * Returns the text if all its characters are allowed.
 * @param allowed a set of characters, `[…]`, without control characters.
 * @throws DialectRefusal that names the first character outside the set.
 */
export function onlyThese(text: string, allowed: RegExp, where: string, hint?: string): string {
  const { source } = allowed;
  let whole = wholes.get(source);
  if (whole === undefined) wholes.set(source, (whole = new RegExp(`^${source}*$`, 'u')));
  if (whole.test(text)) return text;
  plainText(text);
  for (const char of text) {
    if (!allowed.test(char)) throw new DialectRefusal(`${nameOfChar(char)} is not allowed ${where}`, hint);
  }
  return text;
}

function nameOfChar(char: string): string {
  return char === ' ' ? 'a blank' : char === '"' ? "'\"'" : `"${char}"`;
}

/** Whether a value is a whole word. Undefined: it depends on a branch. */
export function standsAlone(state: State, next: string, delimiter: RegExp): boolean | undefined {
  if (state.word === 'inside') return false;
  if (next !== '' && !delimiter.test(next)) return next.trimStart().startsWith(unknownMark) ? undefined : false;
  return state.word === 'start' ? true : undefined;
}

/** Why a value that may be a whole word must not be empty. @param alone as `standsAlone` says, not false. */
export function emptyWord(alone: true | undefined): string {
  return `the value is empty, and so ${alone === true ? 'would' : 'may'} be the word`;
}

export const afterBackslash = {
  refused: 'a value right after a backslash',
  hint: 'The backslash would escape the first character of the value: remove the backslash, or move the value.',
} as const;

/**
 * Returns the escaped text.
 * @param around the bytes of the rest of the unit.
 * @param whole the unit in words, for the message: `a parameter of nginx`.
 * @throws DialectRefusal when the text makes the unit longer than `most` bytes.
 */
export function fitInto(written: string, around: number, most: number, whole: string): string {
  // A UTF-16 code unit needs at most three bytes.
  if (written.length * 3 + around > most && Buffer.byteLength(written) + around > most)
    throw new DialectRefusal(`it makes ${whole} longer than ${groupDigits(most)} bytes`);
  return written;
}

/** The bytes of template text, without the marks. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text.replace(/[\uFFFC\uFFFF]/g, ''));
}

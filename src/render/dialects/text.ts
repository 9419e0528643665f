import { DialectRefusal } from './grammar.js';
import { unknownMark } from './marks.js';
import type { State } from './state.js';

/** What ends a line for some reader, or steers a terminal: C0, DEL, C1, and Unicode's line and paragraph separators. */
const control = /[\p{Cc}\u2028\u2029]/u;
/** Control characters and halves of characters: most text has neither, and is looked through once. */
const suspicious = /[\p{Cc}\u2028\u2029\p{Surrogate}]/u;

/** @throws Refusal for line breaks, other control characters and broken Unicode. */
export function plainText(text: string): string {
  if (!suspicious.test(text)) return text;
  if (control.test(text)) throw new DialectRefusal('it contains a line break or another control character');
  return wholeText(text);
}

/** @throws Refusal for half characters (lone surrogates), which UTF-8 cannot carry. */
export function wholeText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new DialectRefusal('it is not valid Unicode');
  return text;
}

/** By the source of a set: texts all of whose characters are in it. */
const wholes = new Map<string, RegExp>();

/**
 * @param allowed a set of characters, `[…]`, none of which is a control character.
 * @throws Refusal that names the first character outside it.
 */
export function onlyThese(text: string, allowed: RegExp, where: string, hint?: string): string {
  const { source } = allowed;
  let whole = wholes.get(source);
  if (whole === undefined) wholes.set(source, (whole = new RegExp(`^${source}*$`, 'u')));
  if (whole.test(text)) return text;
  plainText(text);
  for (const char of text) {
    if (!allowed.test(char)) throw new DialectRefusal(`${nameOfChar(char)} cannot stand ${where}`, hint);
  }
  return text;
}

function nameOfChar(char: string): string {
  return char === ' ' ? 'a blank' : char === '"' ? "'\"'" : `"${char}"`;
}

/** A value that is a whole word: true when certain, undefined when it may be. */
export function standsAlone(state: State, next: string, delimiter: RegExp): boolean | undefined {
  if (state.word === 'inside') return false;
  if (next !== '' && !delimiter.test(next)) return next.trimStart().startsWith(unknownMark) ? undefined : false;
  return state.word === 'start' ? true : undefined;
}

export const escapedPlace = {
  refused: 'a value right after a backslash',
  hint: 'The backslash would take the first character of the value: remove it, or put the value elsewhere.',
} as const;

/**
 * @param around bytes that stand in the same whole already.
 * @throws Refusal when the text, as it is written, makes the whole longer than `most` bytes.
 */
export function fitInto(written: string, around: number, most: number, whole: string): string {
  // Three bytes at most for each UTF-16 unit.
  if (written.length * 3 + around > most && Buffer.byteLength(written) + around > most)
    throw new DialectRefusal(`it makes ${whole} longer than ${most.toLocaleString('en')} bytes`);
  return written;
}

/** Of the template's own text: marks count nothing. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text.replace(/[\uFFFC\uFFFF]/g, ''));
}

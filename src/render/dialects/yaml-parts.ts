import { DialectRefusal } from './grammar.js';
import { unknownMark } from './marks.js';
import type { State } from './state.js';
import { onlyThese, plainText } from './text.js';
import { beginsOtherType, fitsOtherType, isOtherType } from './yaml-types.js';

/** The text after a value in a plain scalar. */
export interface Rest {
  /** Whether the value is the whole scalar for certain. */
  readonly alone: boolean;
  /** The rest of the scalar, up to the next tag at most. */
  readonly text: string;
  /** Whether the scalar can have more text: a value, a block or another line. */
  readonly open: boolean;
}

export const quoteHint = 'Put the whole scalar in double quotes.';

/**
 * Returns the text. @throws DialectRefusal for characters that YAML allows only as escapes (YAML 1.2.2, 5.1), and for all characters that
 * `plainText` refuses.
 */
export function printable(text: string): string {
  if (/[\ufeff\ufffe\uffff]/.test(text))
    throw new DialectRefusal(
      'it contains a byte order mark or a noncharacter code point, which YAML allows only in double quotes',
    );
  return plainText(text);
}

/** @param next the text after the value, as `Grammar.contextAt` has it. */
export function readRest(state: State, next: string): Rest {
  const flow = state.nest !== '';
  const end = next.search(
    flow ? /[,\]}\uFFFC\uFFFF]|\r?\n|:(?:[\s,[\]{}]|$)|[ \t]#/ : /[\uFFFC\uFFFF]|\r?\n|:(?:\s|$)|[ \t]#/,
  );
  const text = end < 0 ? next : next.slice(0, end);
  const after = next.slice(text.length);
  const open = flow ? continuesInBrackets(after) : continuesInBlock(state, after);
  return { alone: state.word === 'start' && !open && !/\S/.test(text), text, open };
}

function continuesInBrackets(after: string): boolean {
  return !/^(?:[,\]}#]|$|:(?:[\s,[\]{}]|$))/.test(after.trimStart());
}

function continuesInBlock({ plain, indent }: State, after: string): boolean {
  if (/^[\uFFFC\uFFFF]/.test(after)) return true;
  const line = /^\s*\n([ \t]*)(?!\s|#|\uFFFF|(?:---|\.\.\.)(?:\s|$)|$)/.exec(after);
  return line !== null && indent.length + (line[1] ?? '').length > plain.low;
}

/** Returns a part of a plain scalar. @throws DialectRefusal when the part ends the scalar, or when the scalar could be no text. */
export function writePart(text: string, state: State, rest: Rest): string {
  if (state.word === 'inside' && state.nest === '') refuseEnd(text, state.line);
  else refuseIndicators(text);
  if (text === '') refuseEmpty(state, rest);
  if (state.line.length < 3 && /^(?:---|\.\.\.)/.test(`${state.line}${text}`))
    throw new DialectRefusal('the value would make a line that ends the document', quoteHint);
  if (isOther(text, state.plain.text, rest))
    throw new DialectRefusal('YAML could read it as another type than text', quoteHint);
  return text;
}

/** Refuses what would end a plain scalar in block style: `: ` and ` #`. */
function refuseEnd(text: string, line: string): void {
  printable(text);
  if (/: |:$| #|^ | $/.test(text) || (text.startsWith('#') && /(?:^|[ \t\uFFFF])$/.test(line)))
    throw new DialectRefusal('a colon, blank or "#" in the value would end the plain scalar', quoteHint);
}

/** Refuses all characters that have a meaning at the beginning of a scalar or in brackets. */
function refuseIndicators(text: string): void {
  onlyThese(text, /[A-Za-z0-9_./@+-]/, 'in a plain scalar that a tag begins', quoteHint);
  if (/^[-.@+]/.test(text)) throw new DialectRefusal('YAML may read its first character as an indicator', quoteHint);
}

/** Refuses an empty value where the text before it or after it would get another meaning. */
function refuseEmpty({ word, line }: State, rest: Rest): void {
  if (word !== 'inside' && !/^-?[A-Za-z0-9_/]/.test(rest.text))
    throw new DialectRefusal('the value is empty, and the plain scalar would begin with the text after it', quoteHint);
  if (word === 'inside' && /(?:^|[\s:\uFFFF]|(?:^|\s)[-?])$/.test(line))
    throw new DialectRefusal(
      'the value is empty, and the plain scalar could end in a blank or an indicator',
      quoteHint,
    );
}

/**
 * Whether the scalar can be of another type than text.
 * @param before its text before the value, as `Plain.text` has it: with a mark, which is no part of a number, or `unknownMark`.
 */
function isOther(text: string, before: string, rest: Rest): boolean {
  if (before === unknownMark) return fitsOtherType(`${text}${rest.text}`);
  const whole = `${before}${text}${rest.text}`;
  return rest.open ? beginsOtherType(whole) : isOtherType(whole.trimEnd());
}

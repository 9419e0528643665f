import { unknownMark, valueMark } from './marks.js';
import { beginsOtherType, fitsOtherType } from './yaml-types.js';

/** What a YAML scanner knows of a plain scalar: its type, and whether the next line can continue it. */
export interface Plain {
  /**
   * The text of the scalar as long as it can begin a number or another type than text. `valueMark` when the scalar is text for
   * certain, `unknownMark` when its beginning depends on a branch.
   */
  readonly text: string;
  /** Whether the line so far, or the line before, ends in a plain scalar of block style. */
  readonly open: 'no' | 'maybe' | 'yes';
  /**
   * The column of the key or indicator that the scalar belongs to: a line with a larger indentation continues the scalar. -1 outside all
   * keys. `low` and `high` differ when the column depends on a branch.
   */
  readonly low: number;
  readonly high: number;
  /** The lowest such column of a scalar that is open: after a branch without one, `low` is not its column. -1 when none is open. */
  readonly from: number;
}

export const noPlain: Plain = { text: '', open: 'no', low: -1, high: -1, from: -1 };

/** The plain scalar after a block whose branches end in `a` and `b`. */
export function joinPlain(a: Plain, b: Plain): Plain {
  return {
    text: joinTexts(a.text, b.text),
    open: a.open === b.open ? a.open : 'maybe',
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
    from: a.open === 'no' ? b.from : b.open === 'no' ? a.from : Math.min(a.from, b.from),
  };
}

/** A branch whose scalar is text for certain adds no condition. */
function joinTexts(a: string, b: string): string {
  if (a === b || b === valueMark) return a;
  return a === valueMark ? b : unknownMark;
}

/** The plain scalar after one more character of template text. */
export function addChar(plain: Plain, char: string): Plain {
  const { text } = plain;
  if (text === valueMark) return plain;
  if (text === unknownMark) return fitsOtherType(char) ? plain : { ...plain, text: valueMark };
  return { ...plain, text: beginsOtherType(text + char) ? text + char : valueMark };
}

/** The plain scalar after a value. The value was written only if the scalar is then text for certain. */
export function addValue(plain: Plain): Plain {
  return { ...openPlain(plain), text: valueMark };
}

/** The plain scalar after a character or a value that belongs to it. */
export function openPlain(plain: Plain): Plain {
  return { ...plain, open: 'yes', from: plain.open === 'no' ? plain.low : Math.min(plain.from, plain.low) };
}

/** No plain scalar, at the same key or indicator. */
export function closePlain(plain: Plain): Plain {
  return { ...plain, text: '', open: 'no', from: -1 };
}

/** At the beginning of a node. `line`: the output line up to the key or the indicator before it. */
export function beginNode(plain: Plain, line: string): Plain {
  const { low, high } = columnsOf(line) ?? plain;
  return { text: '', open: 'no', low, high, from: -1 };
}

/** The columns of the last key or indicator of a line; undefined when the line has only a tag and an anchor. */
function columnsOf(line: string): Pick<Plain, 'low' | 'high'> | undefined {
  if (line.includes(unknownMark)) return { low: -1, high: Number.MAX_SAFE_INTEGER };
  const before = /^(?:---\s)?\s*(?:[-?:]\s+)*/.exec(line)?.[0] ?? '';
  const rest = line.slice(before.length);
  if (/^[&!]/.test(rest) && !rest.endsWith(':')) return undefined;
  const column = rest === '---' ? -1 : before.length;
  return { low: column, high: column };
}

/** Whether a line with the indentation continues the plain scalar of the line before. NaN: a branch decides it. */
export function continues({ open, from, high }: Plain, indentation: number): Plain['open'] {
  if (open === 'no') return 'no';
  if (indentation <= from) return 'no';
  return open === 'yes' && indentation > high ? 'yes' : 'maybe';
}

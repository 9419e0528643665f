import { DialectRefusal } from './grammar.js';
import type { Refused } from './grammar.js';
import { longestYamlKey } from './limits.js';
import { unknownMark, valueMark } from './marks.js';
import type { State } from './state.js';

/** The limit of a value in a key. `room`: the most UTF-16 code units of the escaped value. */
export interface Key {
  readonly room: number;
}

/** The room of each value but the last, in a key with several values. */
const share = 320;

/**
 * Whether a value may be in a key, and how long it may be. In a scalar with several values, only the text after the last value shows whether
 * the scalar is a key. So each earlier value has the room `share`.
 */
export function findKey(state: State, next: string, quote: string): Key | Refused | undefined {
  const before = scalarBefore(state, quote);
  if (before === undefined) return undefined;
  const rest = restOfKey(next, quote, state.nest);
  const marked = Array.from(before).filter((char) => char === valueMark).length;
  if (rest === 'unknown') return { room: share };
  if (rest === undefined) return undefined;
  const own = before.replaceAll(valueMark, '').length + rest + 2 * quote.length;
  const room = longestYamlKey - own - share * marked;
  return before.includes(unknownMark) || room < 1
    ? {
        refused: 'a value in a key that contains a block or too many other values',
        hint: `YAML readers accept at most ${longestYamlKey} characters in a key: join the values first, or write the key as "? key" and ": value" on two lines.`,
      }
    : { room };
}

/** Returns the escaped text. @throws DialectRefusal when the key would be longer than YAML readers accept. */
export function fitKey(written: string, key: Key | undefined): string {
  if (key !== undefined && written.length > key.room)
    throw new DialectRefusal(
      `it makes a key, or a scalar that may be a key, longer than the ${longestYamlKey} characters that YAML readers accept`,
    );
  return written;
}

/** The template text of the scalar before the value; undefined when a key is not possible here. */
function scalarBefore({ line, nest }: State, quote: string): string | undefined {
  const flow = nest !== '';
  const begin = flow ? /(?:^|[[{,])[ \t]*/ : /^[ \t\uFFFF]*(?:- +)*/;
  const properties = /((?:[&!]\S*[ \t]+)*)/;
  const scalar =
    quote === '"'
      ? /"((?:[^"\\]|\\.)*)$/
      : quote === "'"
        ? /'((?:[^']|'')*)$/
        : flow
          ? /([^[\]{},"']*)$/
          : /([^"'?].*|)$/;
  const found = new RegExp(begin.source + properties.source + scalar.source).exec(line);
  if (found === null) return undefined;
  const text = `${found[1] ?? ''}${found[2] ?? ''}`;
  return quote === '' && /:\s/.test(text) ? undefined : text;
}

/**
 * The characters of a key after a value; `unknown` when the text after the next tag decides whether the scalar is a key; undefined when it is
 * none.
 */
function restOfKey(next: string, quote: string, nest: string): number | 'unknown' | undefined {
  const text =
    quote === '"'
      ? /^(?:[^"\\\uFFFC\uFFFF]|\\.)*/
      : quote === "'"
        ? /^(?:[^'\uFFFC\uFFFF]|'')*/
        : nest === ''
          ? /^(?:[^:\n\uFFFC\uFFFF]|:(?!\s|$))*/
          : /^(?:[^:\n,[\]{}\uFFFC\uFFFF]|:(?![\s,[\]{}]|$))*/;
  const inner = text.exec(next)?.[0] ?? '';
  const after = next.slice(inner.length);
  if (after.startsWith(valueMark) || (after.startsWith(unknownMark) && !nest.endsWith('['))) return 'unknown';
  // After a quoted key in brackets, no white space is needed (YAML 1.2.2, 7.4.2).
  const colon = (nest === '' ? /^([ \t]*):(?:\s|$)/ : /^([ \t]*):/).exec(after.slice(quote.length));
  return colon === null ? undefined : inner.length + (colon[1] ?? '').length;
}

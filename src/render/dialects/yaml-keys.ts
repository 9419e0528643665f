import { DialectRefusal } from './grammar.js';
import type { Refused } from './grammar.js';
import { longestYamlKey } from './limits.js';
import { unknownMark, valueMark } from './marks.js';
import type { State } from './state.js';

/** A key that is being written. `room`: UTF-16 code units, as written, that one value may still add. */
export interface Key {
  readonly room: number;
}

/** Of a key that several values make, the share of each but the last. */
const share = 320;

/**
 * Whether a value may stand in a key, and how long it may then be. Of a scalar that begins where a key may begin and
 * goes on with another value, only the last one shows what it is: the others have a share each.
 */
export function findKey(state: State, next: string, quote: string): Key | Refused | undefined {
  const before = scalarBefore(state, quote);
  if (before === undefined) return undefined;
  const rest = restOfScalar(next, quote, state.nest);
  const marked = Array.from(before).filter((char) => char === valueMark).length;
  if (!rest.isKey) return rest.goesOn ? { room: share } : undefined;
  const own = before.replaceAll(valueMark, '').length + rest.length + 2 * quote.length;
  const room = longestYamlKey - own - share * marked;
  return before.includes(unknownMark) || room < 1
    ? {
        refused: 'a value in a key that holds a block, or too many other values',
        hint: `YAML readers take ${longestYamlKey} characters of a key at most: join the values first, or write the key as "? key" and ": value" on two lines.`,
      }
    : { room };
}

/** @throws Refusal when the key would be longer than YAML readers take. */
export function fitKey(written: string, key: Key | undefined): string {
  if (key !== undefined && written.length > key.room)
    throw new DialectRefusal(
      `it makes a key, or what may be one, longer than YAML readers take: ${longestYamlKey} characters as it is written`,
    );
  return written;
}

/** The template's own text of the scalar before the value; undefined where no key can stand. */
function scalarBefore({ line, nest, mode }: State, quote: string): string | undefined {
  const flow = /^[[{]/.test(nest);
  const begin = flow ? /(?:^|[[{,])[ \t]*/ : /^[ \t\uFFFF]*(?:- +)*/;
  const properties = /((?:[&!]\S*[ \t]+)*)/;
  const scalar =
    quote === '"'
      ? /"((?:[^"\\]|\\.)*)$/
      : quote === "'"
        ? /'((?:[^']|'')*)$/
        : flow
          ? /([^[\]{},"':]*)$/
          : /([^\s"'?].*|)$/;
  if (mode === 'block') return undefined;
  const found = new RegExp(begin.source + properties.source + scalar.source).exec(line);
  if (found === null) return undefined;
  const text = `${found[1] ?? ''}${found[2] ?? ''}`;
  return quote === '' && /:(?:\s|$)/.test(text) ? undefined : text;
}

function restOfScalar(next: string, quote: string, nest: string): { isKey: boolean; goesOn: boolean; length: number } {
  const text =
    quote === '"'
      ? /^(?:[^"\\\uFFFC\uFFFF]|\\.)*/
      : quote === "'"
        ? /^(?:[^'\uFFFC\uFFFF]|'')*/
        : nest === ''
          ? /^[^\n\uFFFC\uFFFF]*?(?=:(?:\s|$)|[\n\uFFFC\uFFFF]|$)/
          : /^[^\n,[\]{}\uFFFC\uFFFF]*?(?=:(?:\s|$)|[\n,[\]{}\uFFFC\uFFFF]|$)/;
  const inner = text.exec(next)?.[0] ?? '';
  const after = next.slice(inner.length);
  const goesOn = after.startsWith(valueMark) || (after.startsWith(unknownMark) && !nest.endsWith('['));
  if (goesOn) return { isKey: false, goesOn: true, length: 0 };
  const colon = new RegExp(`^${quote}([ \\t]*):${nest === '' || quote === '' ? '(?=\\s|$)' : ''}`).exec(after);
  return { isKey: colon !== null, goesOn: false, length: inner.length + (colon?.[1]?.length ?? 0) };
}

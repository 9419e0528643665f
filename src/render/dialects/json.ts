import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { afterBackslash, wholeText } from './text.js';

/** JSON (RFC 8259). In place of a value, any data can be written; inside a string, only text. */
export const json: Grammar = {
  step(state, char) {
    if (state.mode !== 'double') return char === '"' ? { mode: 'double' } : {};
    if (state.escaped) return { escaped: false };
    return char === '\\' ? { escaped: true } : char === '"' ? { mode: 'bare' } : {};
  },

  contextAt(state) {
    if (state.escaped) return afterBackslash;
    if (state.mode === 'double') return { name: 'in a string', write: (text) => quoteJson(text).slice(1, -1) };
    return { name: 'as a value', write: quoteJson, writeData: writeJson };
  },
};

/** A JSON string with its quotes. */
export function quoteJson(text: string): string {
  return JSON.stringify(wholeText(text));
}

/** Any plain data in one line. @throws DialectRefusal for infinite numbers and for keys and texts of invalid Unicode. */
export function writeJson(value: unknown): string {
  if (typeof value === 'string') return quoteJson(value);
  return JSON.stringify(value, (key, inner: unknown) => {
    wholeText(key);
    if (typeof inner === 'number' && !Number.isFinite(inner)) throw new DialectRefusal('JSON has no infinite numbers');
    return typeof inner === 'string' ? wholeText(inner) : inner;
  });
}

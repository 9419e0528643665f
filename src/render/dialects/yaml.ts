import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext, Refused } from './grammar.js';
import { quoteJson, writeJson } from './json.js';
import { longestYamlKey } from './limits.js';
import type { State } from './state.js';
import { afterBackslash } from './text.js';
import { findKey, fitKey } from './yaml-keys.js';
import { printable, quoteHint, readRest, writePart } from './yaml-parts.js';
import { beforeYamlValue, stepYaml } from './yaml-scan.js';
import { isOtherType } from './yaml-types.js';

/**
 * YAML 1.2, safe for YAML 1.1 readers too (`yes`, `0o7`, `1:30`). A tag that is a whole scalar may hold any data and is quoted if needed. A tag
 * that is a part of a plain scalar may hold only text that does not end the scalar, and the whole scalar must be text for every reader.
 */
export const yaml: Grammar = {
  step: stepYaml,
  beforeValue: beforeYamlValue,

  contextAt(state, next) {
    if (state.escaped) return afterBackslash;
    switch (state.mode) {
      case 'lost':
        return {
          refused: 'a value where quotes and text cannot be distinguished',
          hint: 'Write the whole scalar before it as template text, not with parts in {{#…}} blocks.',
        };
      case 'double':
      case 'single':
        return quotedContext(state, next, state.mode === 'double' ? '"' : "'");
      case 'comment':
        return { name: 'in a comment', write: printable };
      case 'block':
        return { name: 'in a block scalar', write: (text) => writeBlock(text, state) };
      case 'bare':
      case 'opaque':
        return bareContext(state, next);
    }
  },
};

function quotedContext(state: State, next: string, quote: string): OutputContext | Refused {
  const key = findKey(state, next, quote);
  if (key !== undefined && 'refused' in key) return key;
  return quote === '"'
    ? { name: 'in double quotes', write: (text) => fitKey(quoteYaml(text).slice(1, -1), key) }
    : { name: 'in single quotes', write: (text) => fitKey(printable(text).replaceAll("'", "''"), key) };
}

function bareContext(state: State, next: string): OutputContext | Refused {
  const key = findKey(state, next, '');
  if (key !== undefined && 'refused' in key) return key;
  const rest = readRest(state, next);
  if (rest.alone)
    return {
      name: 'as a scalar',
      write: (text) => fitKey(isPlain(text) ? text : quoteYaml(text), key),
      writeData: (value) =>
        fitKey(typeof value === 'string' ? (isPlain(value) ? value : quoteYaml(value)) : writeYaml(value), key),
    };
  return { name: 'in a plain scalar', write: (text) => fitKey(writePart(text, state, rest), key) };
}

/** Whether every YAML version reads the plain text as exactly this text. */
function isPlain(text: string): boolean {
  return /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !isOtherType(text);
}

/** Quotes a text as JSON does, and escapes the characters that JSON leaves unescaped and YAML does not allow. */
function quoteYaml(text: string): string {
  return escapeYaml(quoteJson(text));
}

/** Writes any data as JSON that YAML 1.1 reads alike. */
function writeYaml(value: unknown): string {
  const json = escapeYaml(writeJson(value));
  return json.replace(/("(?:[^"\\]|\\.)*")(:?)|(?<![\d.])\d(?=e)/g, (found, quoted: string | undefined, colon) => {
    // YAML 1.1 reads a number with an exponent only if it has a decimal point.
    if (quoted === undefined) return `${found}.0`;
    if (colon === ':') fitKey(quoted, { room: longestYamlKey });
    return found;
  });
}

function escapeYaml(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeBlock(text: string, { line }: State): string {
  printable(text);
  if (!/[^ ]/.test(line) && text.startsWith(' '))
    throw new DialectRefusal('a leading blank would change the indentation of the block scalar', quoteHint);
  return text;
}

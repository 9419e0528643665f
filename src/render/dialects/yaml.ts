import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext, Refused } from './grammar.js';
import { quoteJson, writeJson } from './json.js';
import type { State } from './state.js';
import { afterBackslash, onlyThese, plainText, standsAlone, wholeText } from './text.js';
import { findKey, fitKey } from './yaml-keys.js';
import { leaveBlock, stepYaml } from './yaml-scan.js';

/**
 * YAML 1.2, safe for YAML 1.1 readers too (`yes`, `0o7`, `1:30`). A tag that is a whole scalar may hold any data and is quoted if needed. A tag
 * that is a part of a plain scalar may hold only text that does not change the scalar.
 */
export const yaml: Grammar = {
  step: stepYaml,
  beforeValue: leaveBlock,

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
        return { name: 'in a comment', write: plainText };
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
    : { name: 'in single quotes', write: (text) => fitKey(plainText(text).replaceAll("'", "''"), key) };
}

function bareContext(state: State, next: string): OutputContext | Refused {
  const key = findKey(state, next, '');
  if (key !== undefined && 'refused' in key) return key;
  const alone = standsAlone(state, next, delimiterIn(state));
  if (alone === true)
    return {
      name: 'as a scalar',
      write: (text) => fitKey(isPlain(text) ? text : quoteYaml(text), key),
      writeData: (value) =>
        fitKey(typeof value === 'string' ? (isPlain(value) ? value : quoteYaml(value)) : writeJson(value), key),
    };
  const inside = state.word === 'inside' && state.nest === '';
  return {
    name: 'in a plain scalar',
    write: (text) => fitKey(inside ? writeInside(text, state) : writePart(text, alone === undefined), key),
  };
}

function delimiterIn({ nest }: State): RegExp {
  return nest === '' ? /^[ \t]*(?:\r?\n|$|:(?:\s|$))|^[ \t]+#/ : /^[ \t]*(?:[,\]}\r\n]|$|:(?:[\s,[\]{}]|$))|^[ \t]+#/;
}

const hint = 'Put the whole scalar in double quotes.';

/** A later part of a plain scalar in block style. Only `: ` and ` #` would end the scalar. */
function writeInside(text: string, { line }: State): string {
  plainText(text);
  if (text === '' && line.endsWith(' '))
    throw new DialectRefusal('the value is empty, and the plain scalar could end in a blank', hint);
  if (/: |:$| #|^ | $/.test(text) || (text.startsWith('#') && /[ \uFFFF]$/.test(line)))
    throw new DialectRefusal('a colon, blank or "#" in the value would end the plain scalar', hint);
  return text;
}

/** The first part of a plain scalar, or any part of one in brackets. */
function writePart(text: string, maybeWhole: boolean): string {
  onlyThese(text, /[A-Za-z0-9_./@+-]/, 'in a plain scalar that a tag begins', hint);
  if (/^[-.@+]/.test(text)) throw new DialectRefusal('YAML may read its first character as an indicator', hint);
  if (maybeWhole && !isPlain(text)) throw new DialectRefusal('YAML could read it as another type than text', hint);
  return text;
}

/** Whether every YAML version reads the plain text as exactly this text. */
function isPlain(text: string): boolean {
  return /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}

/** Quotes a text as JSON does, and escapes the line breaks that JSON leaves unescaped. */
function quoteYaml(text: string): string {
  return quoteJson(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeBlock(text: string, { line }: State): string {
  plainText(text);
  if (!/[^ ]/.test(line) && text.startsWith(' '))
    throw new DialectRefusal('a leading blank would change the indentation of the block scalar', hint);
  return wholeText(text);
}

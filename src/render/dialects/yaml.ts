import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext, Refused } from './grammar.js';
import { quoteJson, writeJson } from './json.js';
import type { State } from './state.js';
import { escapedPlace, onlyThese, plainText, standsAlone, wholeText } from './text.js';
import { findKey, fitKey } from './yaml-keys.js';
import { leaveBlock, stepYaml } from './yaml-scan.js';

/**
 * YAML 1.2, with 1.1 in mind (`yes`, `0o7`, `1:30`). A tag that is a whole scalar may hold any data and is quoted as
 * needed; one that is part of a plain scalar only what changes nothing of it.
 */
export const yaml: Grammar = {
  step: stepYaml,
  settle: leaveBlock,

  place(state, next) {
    if (state.escaped) return escapedPlace;
    switch (state.mode) {
      case 'lost':
        return {
          refused: 'a value where quotes cannot be told from text',
          hint: 'Write the scalar before it with plain line breaks and in full, not in parts of blocks.',
        };
      case 'double':
      case 'single':
        return placeQuoted(state, next, state.mode === 'double' ? '"' : "'");
      case 'comment':
        return { name: 'in a comment', write: plainText };
      case 'block':
        return { name: 'in a block scalar', write: (text) => writeBlock(text, state) };
      case 'bare':
      case 'opaque':
        return placeBare(state, next);
    }
  },
};

function placeQuoted(state: State, next: string, quote: string): OutputContext | Refused {
  const key = findKey(state, next, quote);
  if (key !== undefined && 'refused' in key) return key;
  return quote === '"'
    ? { name: 'in double quotes', write: (text) => fitKey(quoteYaml(text).slice(1, -1), key) }
    : { name: 'in single quotes', write: (text) => fitKey(plainText(text).replaceAll("'", "''"), key) };
}

function placeBare(state: State, next: string): OutputContext | Refused {
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
  return nest === '' ? /^(?:[ \t]*(?:\r?\n|$)|[ \t]+#|:(?:\s|$))/ : /^(?:[ \t]*[,\]}\r\n]|[ \t]+#|:(?:\s|$))/;
}

const hint = 'Put the whole scalar in double quotes.';

/** Part of a plain scalar that has begun, in block style: only `: ` and ` #` would end it. */
function writeInside(text: string, { line }: State): string {
  plainText(text);
  if (text === '' && line.endsWith(' '))
    throw new DialectRefusal('the plain scalar could end in a blank: it is empty', hint);
  if (/: |:$| #|^ | $/.test(text) || (text.startsWith('#') && /[ \uFFFF]$/.test(line)))
    throw new DialectRefusal('a colon, blank or "#" in it would end the plain scalar', hint);
  return text;
}

/** The first part of a plain scalar, or any part of one in brackets. */
function writePart(text: string, maybeWhole: boolean): string {
  onlyThese(text, /[A-Za-z0-9_./@+-]/, 'in a plain scalar that a tag begins', hint);
  if (/^[-.@+]/.test(text)) throw new DialectRefusal('YAML may take its first character for an indicator', hint);
  if (maybeWhole && !isPlain(text)) throw new DialectRefusal('YAML could read it as something else than text', hint);
  return text;
}

/** Text that every YAML version reads as just that text when it stands plain. */
function isPlain(text: string): boolean {
  return /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}

/** Double quotes, with the line breaks that JSON leaves as they are written as escapes. */
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

import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { unknownMark, valueMark, withoutValues } from './marks.js';
import type { State } from './state.js';
import { haproxyWords } from './haproxy-words.js';
import { longestHaproxyBuffer } from './limits.js';
import { bytesOf, afterBackslash, emptyWord, fitInto, onlyThese, plainText, standsAlone } from './text.js';

/**
 * HAProxy's configuration files (Configuration Manual, 2.2 "Quoting and escaping"): a line is a list of words. Quotes
 * can begin anywhere in a word: `'` quotes all characters, `"` all but `\` and `$`. `#` outside quotes begins a comment. Proven against a real HAProxy in
 * test/render/dialects/haproxy.real.test.ts.
 */
export const haproxy: Grammar = {
  measure: haproxyWords,

  step(state, char) {
    if (char === '\n') return { mode: 'bare', word: 'start', escaped: false };
    if (state.escaped) return { escaped: false };
    switch (state.mode) {
      case 'double':
        return char === '\\' ? { escaped: true } : char === '"' ? { mode: 'bare' } : {};
      case 'single':
        return char === "'" ? { mode: 'bare' } : {};
      case 'comment':
        return {};
      case 'bare':
      case 'block':
      case 'opaque':
      case 'lost':
        if (char === '\\') return { escaped: true, word: 'inside' };
        if (/[ \t\r]/.test(char)) return { word: 'start' };
        if (char === '"') return { mode: 'double', word: 'inside' };
        if (char === "'") return { mode: 'single', word: 'inside' };
        return char === '#' ? { mode: 'comment' } : { word: 'inside' };
    }
  },

  contextAt(state, next) {
    if (state.escaped) return afterBackslash;
    if (state.mode === 'comment') return { name: 'in a comment', write: plainText };
    if (isName(state)) return { name: 'in a name', write: (text) => writeName(text, next) };
    if (isArgument(state))
      return {
        name: 'in the argument of a function',
        write: (text, before) => writeArgument(text, state, next, before),
        continues: state.line.endsWith(valueMark),
      };
    switch (state.mode) {
      case 'double':
        return {
          name: 'in double quotes',
          write: (text, before) => writeDouble(text, state, next, before),
          continues: state.line.endsWith(valueMark),
        };
      case 'single':
        return {
          name: 'in single quotes',
          write: (text, before) => writeSingle(text, state, next, before),
          continues: state.line.endsWith(valueMark),
        };
      case 'bare':
      case 'block':
      case 'opaque':
      case 'lost': {
        const begin = beginOfValues(state);
        const alone = standsAlone(begin, next, /^\s/);
        return {
          name: 'outside quotes',
          write: (text, before) => writeBare(text, begin, alone, before),
          continues: begin !== state,
        };
      }
    }
  },
};

/** Sections and directives whose first argument is a name. HAProxy allows few characters in a name, quoted or not. */
const naming =
  /^\s*(?:acl|backend|cache|default_backend|defaults|frontend|group|http-errors|listen|log-forward|mailer|mailers|nameserver|peer|peers|program|resolvers|ring|server|server-template|use-server|use_backend|user|userlist)[ \t]+\S*$/;

function isName({ line }: State): boolean {
  return naming.test(line);
}

/** HAProxy parses the text in `name(…)` a second time, and quotes do not change this. */
function isArgument({ line }: State): boolean {
  return line.includes(unknownMark) || line.split('(').length > line.split(')').length;
}

/** Whether only values are between the opening quote and this position. */
function isQuoteStart({ line }: State): boolean {
  return /["']\uFFFC*$/.test(line);
}

/** The state before the values that are the whole text of their word so far, so that each check of a word applies to all of them together. */
function beginOfValues(state: State): State {
  const line = withoutValues(state.line);
  // A block before the values may have written nothing.
  if (line !== state.line && line.endsWith(unknownMark)) return { ...state, word: 'unknown' };
  return line !== state.line && /(?:^|\s)$/.test(line) ? { ...state, word: 'start' } : state;
}

/** An empty value is allowed only before another value, as an optional prefix. */
function writeName(text: string, next: string): string {
  onlyThese(text, /[A-Za-z0-9_.:-]/, 'in a HAProxy name');
  if (text === '' && !next.startsWith(valueMark)) throw new DialectRefusal('a HAProxy name cannot be empty');
  return text;
}

function writeArgument(text: string, state: State, next: string, before: string): string {
  const { line, mode } = state;
  onlyThese(text, /[A-Za-z0-9_.:/@+-]/, 'in the argument of a HAProxy function');
  // After a block, the value can be the first text of its word too.
  if (mode !== 'bare') {
    if (line.includes(unknownMark) && /(?:\uFFFF|\s["'])\uFFFC*$/.test(line)) refuseFirst(before + text, next);
  } else {
    const begin = beginOfValues(state);
    const alone = standsAlone(begin, next, /^\s/);
    if (alone !== false && before + text === '') throw new DialectRefusal(emptyWord(alone));
    if (line.includes(unknownMark) && begin.word !== 'inside') refuseFirst(before + text, '');
  }
  const around = bytesOf(`${/[^(,"']*$/.exec(line)?.[0] ?? ''}${/^[^),"']*/.exec(next)?.[0] ?? ''}`);
  return fitInto(text, around, longestHaproxyBuffer, 'the argument of a HAProxy function');
}

function refuseExpansion(text: string): void {
  plainText(text);
  if (text.includes('%')) throw new DialectRefusal('HAProxy expands "%" in many places, in quotes too');
}

/** Refuses text that quotes do not protect. */
function refuseQuoted(text: string, state: State, next: string, before: string): void {
  refuseExpansion(text);
  if (isQuoteStart(state)) refuseFirst(before + text, next);
}

/** Refuses text that must not begin a word. `next`: the text after the value, when the value is in quotes. */
function refuseFirst(text: string, next: string): void {
  if (text.startsWith('-'))
    throw new DialectRefusal('HAProxy reads a leading "-" as a flag in many places, in quotes too');
  if (text === '' && /^["'\uFFFF]/.test(next))
    throw new DialectRefusal('HAProxy reads an empty word as the end of the line, in quotes too');
}

function writeDouble(text: string, state: State, next: string, before: string): string {
  refuseQuoted(text, state, next, before);
  return text.replace(/[\\"$]/g, '\\$&');
}

function writeSingle(text: string, state: State, next: string, before: string): string {
  refuseQuoted(text, state, next, before);
  if (text.includes("'"))
    throw new DialectRefusal('a text in single quotes cannot contain a single quote', 'Use double quotes.');
  return text;
}

function writeBare(text: string, state: State, alone: boolean | undefined, before: string): string {
  const hint = 'Put the tag in double quotes, which allow more characters.';
  onlyThese(text, /[\p{L}\p{N}._:/@+,=?&~[\]-]/u, 'outside quotes in HAProxy', hint);
  const word = before + text;
  if (alone !== false && word === '') throw new DialectRefusal(emptyWord(alone), hint);
  if (state.word !== 'inside') refuseFirst(word, '');
  return text;
}

import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { unknownMark, withoutValues } from './marks.js';
import type { State } from './state.js';
import { longestNginxParameter } from './limits.js';
import { nginxParameters } from './nginx-parameters.js';
import { bytesOf, afterBackslash, emptyWord, fitInto, onlyThese, plainText, standsAlone } from './text.js';

/**
 * nginx's configuration files. Quotes have a meaning only at the start of a word. A backslash escapes in and outside quotes. nginx expands `$`
 * later, wherever a directive takes variables, quoted or not, so a literal dollar cannot be written. Proven against a real nginx in test/render/dialects/nginx.real.test.ts.
 */
export const nginx: Grammar = {
  measure: nginxParameters,

  step(state, char) {
    if (state.escaped) return { escaped: false };
    switch (state.mode) {
      case 'double':
      case 'single':
        if (char === '\\') return { escaped: true };
        return char === (state.mode === 'double' ? '"' : "'") ? { mode: 'bare', word: 'inside' } : {};
      case 'comment':
        return char === '\n' ? { mode: 'bare', word: 'start' } : {};
      case 'bare':
      case 'block':
      case 'opaque':
      case 'lost':
        return stepBare(state, char);
    }
  },

  contextAt(state, next) {
    if (state.escaped) return afterBackslash;
    switch (state.mode) {
      case 'lost':
        return {
          refused: 'a value where quotes and text cannot be distinguished',
          hint: 'No value can be escaped safely in a Lua block, or after a {{#…}} block that may or may not end a word.',
        };
      case 'comment':
        return { name: 'in a comment', write: (text) => fitComment(plainText(text), state, next) };
      case 'double':
      case 'single': {
        const quote = state.mode === 'double' ? '"' : "'";
        const begin = withoutValues(state.line);
        const whole = begin.endsWith(quote) || state.line.endsWith(unknownMark);
        const around = bytesOf(quotedBefore(state.line, quote)) + bytesOf(quotedAfter(next, quote)) + 1;
        return {
          name: `in ${state.mode} quotes`,
          write: (text, before) => fit(writeQuoted(text, quote, state.head, whole, before), around),
          continues: begin !== state.line,
        };
      }
      case 'bare':
      case 'block':
      case 'opaque': {
        const begin = beginOfValues(state);
        const alone = standsAlone(begin, next, /^[\s;{]/);
        const around = bytesOf(`${/[^\s;{}]*$/.exec(state.line)?.[0] ?? ''}${/^[^\s;{}]*/.exec(next)?.[0] ?? ''}`);
        return {
          name: 'outside quotes',
          write: (text, before) => fit(writeBare(text, begin, alone, before), around),
          continues: begin !== state,
        };
      }
    }
  },
};

/** The state before the values that are the whole text of their word so far, so that each check of a word applies to all of them together. */
function beginOfValues(state: State): State {
  const line = withoutValues(state.line);
  // A block before the values may have written nothing.
  if (line !== state.line && line.endsWith(unknownMark)) return { ...state, word: 'unknown', head: true };
  if (line === state.line || !/(?:^|[\s;{}])$/.test(line)) return state;
  // `head` of the earlier state is unknown. It is true at the beginning of a line, which can begin a statement.
  return { ...state, word: 'start', head: /(?:^|[;{}])\s*$/.test(line) };
}

function fit(written: string, around: number): string {
  return fitInto(written, around, longestNginxParameter, 'a parameter of nginx');
}

/** The template text between the opening quote and the value. The limit does not count the opening quote. */
function quotedBefore(line: string, quote: string): string {
  const before = quote === '"' ? /"((?:[^"\\]|\\.)*)$/ : /'((?:[^'\\]|\\.)*)$/;
  return before.exec(line)?.[1] ?? line;
}

function quotedAfter(next: string, quote: string): string {
  const after = quote === '"' ? /^(?:[^"\\]|\\.)*/s : /^(?:[^'\\]|\\.)*/s;
  return after.exec(next)?.[0] ?? '';
}

function fitComment(text: string, { line }: State, next: string): string {
  const before = /(?:^|[\s;{}])(#.*)/.exec(line)?.[1] ?? line;
  return fitInto(
    text,
    bytesOf(before) + bytesOf(/^.*/.exec(next)?.[0] ?? ''),
    longestNginxParameter,
    'a comment of nginx',
  );
}

function stepBare(state: State, char: string): Partial<State> {
  const quoteLike = char === '"' || char === "'" || char === '#';
  if (quoteLike && state.word === 'unknown') return { mode: 'lost' };
  if (char === '\\') return { escaped: true, word: 'inside' };
  if (/[ \t\r\n]/.test(char)) return { word: 'start', head: state.head && state.word !== 'inside' };
  if (char === ';') return { word: 'start', head: true };
  if (char === '{') {
    if (state.line.endsWith('$')) return {};
    if (/(?:_by_lua_block|\uFFFF)\s*$/.test(state.line)) return { mode: 'lost' };
    return { word: 'start', head: true };
  }
  if (state.word !== 'start') return {};
  if (char === '}') return { head: true };
  if (char === '"') return { mode: 'double' };
  if (char === "'") return { mode: 'single' };
  if (char === '#') return { mode: 'comment' };
  return { word: 'inside' };
}

/** Parameters of `map`, `geo` and similar blocks. nginx interprets them even in quotes. */
const keywords = new Set([
  'default',
  'delete',
  'hostnames',
  'include',
  'proxy',
  'proxy_recursive',
  'ranges',
  'volatile',
]);

function refuseSpecial(text: string, head: boolean): void {
  if (text.startsWith('~'))
    throw new DialectRefusal('nginx reads a leading "~" as a regular expression, in quotes too');
  if (head && text.startsWith('\\')) throw new DialectRefusal('nginx drops a leading backslash here, in quotes too');
  if (head && keywords.has(text)) throw new DialectRefusal('nginx reads this word as a parameter here, in quotes too');
}

function writeQuoted(text: string, quote: string, head: boolean, whole: boolean, before: string): string {
  plainText(text);
  if (text.includes('$')) throw new DialectRefusal('nginx expands "$" in quotes too, and has no escape for it');
  if (whole) refuseSpecial(before + text, head);
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
}

function writeBare(text: string, state: State, alone: boolean | undefined, before: string): string {
  const hint = 'Put the tag in double quotes, which allow more characters.';
  onlyThese(text, /[\p{L}\p{N}._:/@+,=%?&[\]-]/u, 'outside quotes in nginx', hint);
  const word = before + text;
  // After a block and template text, the word is not empty.
  const mayBeEmpty = state.word === 'start' || withoutValues(state.line).endsWith(unknownMark);
  if (alone !== false && mayBeEmpty && word === '') throw new DialectRefusal(emptyWord(alone), hint);
  if (state.word !== 'inside' && /^[=@.]/.test(word))
    throw new DialectRefusal('nginx may read its first character as an operator', hint);
  if (alone !== false) refuseSpecial(word, state.head);
  return text;
}

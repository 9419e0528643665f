import { Refusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { unknownMark } from './state.js';
import type { State } from './state.js';
import { escapedPlace, plainText } from './text.js';

/**
 * POSIX shell (and bash) scripts and environment files. `nest` holds the mode around each open `(` or `{`. Where quotes
 * do not mean what they mean elsewhere (here-documents, backticks, arithmetic, `${…}`), no value is taken.
 */
export const shell: Grammar = {
  step(state, char, next) {
    if (state.escaped) return { escaped: false };
    switch (state.mode) {
      case 'single':
        return char === "'" ? { mode: 'bare' } : {};
      case 'comment':
        return char === '\n' ? { mode: 'bare', word: 'start' } : {};
      case 'opaque':
        return stepOpaque(state, char);
      case 'double':
        if (char === '"') return { mode: 'bare' };
        return stepExpanding(state, char, next) ?? {};
      case 'bare':
      case 'block':
      case 'lost':
        return stepExpanding(state, char, next) ?? stepBare(state, char, next);
    }
  },

  place(state, next) {
    if (state.escaped) return escapedPlace;
    switch (state.mode) {
      case 'lost':
      case 'opaque':
        return {
          refused: 'a value inside or after shell syntax that quotes cannot protect it from',
          hint: 'Assign the value to a variable first (NAME={{…}}), before any here-document, backtick, $(( )) or ${ }, and use "$NAME".',
        };
      case 'comment':
        return { name: 'in a comment', write: plainText };
      case 'double':
        return { name: 'in double quotes', write: (text) => plainText(text).replace(/[\\"$`]/g, '\\$&') };
      case 'single':
        return { name: 'in single quotes', write: writeSingle };
      case 'bare':
      case 'block':
        return { name: 'outside quotes', write: (text) => quoteShell(text, next) };
    }
  },
};

/** What begins an expansion or a substitution, in and outside double quotes. */
function stepExpanding(state: State, char: string, next: string): Partial<State> | undefined {
  if (char === '\\') return { escaped: true, word: 'inside' };
  if (char === '`') return { mode: 'lost' };
  const dollar = /(?:^|[^\\])(?:\\\\)*\$$/.test(state.line);
  if (char === '{' && dollar) return { mode: 'opaque', nest: `${state.nest}${state.mode === 'double' ? 'd' : 'b'}` };
  if (char === '(' && dollar) return openParenthesis(state, next);
  return undefined;
}

function openParenthesis(state: State, next: string): Partial<State> {
  const nest = `${state.nest}${state.mode === 'double' ? 'd' : 'b'}`;
  return next === '(' ? { mode: 'opaque', nest } : { mode: 'bare', word: 'start', nest };
}

function stepBare(state: State, char: string, next: string): Partial<State> {
  const { line, nest, word } = state;
  if (line.endsWith(unknownMark) && /[()']/.test(char)) return { mode: 'lost' };
  if (char === '#' && word === 'unknown') return { mode: 'lost' };
  if (char === '<' && next === '<') return { mode: 'lost' };
  if (char === "'") return line.endsWith('$') ? { mode: 'lost' } : { mode: 'single', word: 'inside' };
  if (char === '"') return { mode: 'double', word: 'inside' };
  if (char === '#' && word === 'start') return { mode: 'comment' };
  if (char === '(') return openParenthesis(state, next);
  if (char === ')') return closeParenthesis(nest);
  if (/\s/.test(char) && nest !== '' && /(?:^|[\s;&|(\uFFFF])case$/.test(line)) return { mode: 'lost' };
  return { word: /[\s;&|<>]/.test(char) ? 'start' : 'inside' };
}

function closeParenthesis(nest: string): Partial<State> {
  if (nest === '') return { word: 'start' };
  return { mode: modeOf(nest.at(-1)), nest: nest.slice(0, -1), word: nest.endsWith('d') ? 'inside' : 'start' };
}

function stepOpaque({ nest }: State, char: string): Partial<State> {
  if (/["'`\\$]/.test(char)) return { mode: 'lost' };
  if (char === '(' || char === '{') return { nest: `${nest}o` };
  if (char === ')' || char === '}') return { mode: modeOf(nest.at(-1)), nest: nest.slice(0, -1), word: 'inside' };
  return {};
}

function modeOf(letter: string | undefined): State['mode'] {
  return letter === 'd' ? 'double' : letter === 'o' ? 'opaque' : 'bare';
}

/** Words that the shell reads as its own when they stand plain at the start of a command. */
const reserved = /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc)$/;

/** Plain when it is safe in every place of a command, else in single quotes, which may touch other text. */
function quoteShell(text: string, next: string): string {
  plainText(text);
  const digitsBeforeArrow = /^\d+$/.test(text) && /^[<>]/.test(next);
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(text) && !reserved.test(text) && !digitsBeforeArrow) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function writeSingle(text: string): string {
  if (text.includes("'")) throw new Refusal('single quotes cannot hold a single quote', 'Use double quotes, or none.');
  return plainText(text);
}

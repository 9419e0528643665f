import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext } from './grammar.js';
import { findRole } from './shell-role.js';
import { stepShell } from './shell-scan.js';
import type { State } from './state.js';
import { afterBackslash, onlyThese, plainText } from './text.js';

/**
 * Scripts for POSIX shells, bash, ksh and zsh. A value is refused where quotes have another meaning (here-documents, backticks, arithmetic,
 * `${…}`), and where the shell interprets a word after it has removed the quotes (`eval`, subscripts, `[[ ]]`, names of variables). Proven against real shells in test/render/dialects/shell-hostile.real.test.ts.
 */
export const shell: Grammar = {
  step: stepShell,

  contextAt(state, next) {
    if (state.escaped) return afterBackslash;
    if (state.mode === 'comment') return { name: 'in a comment', write: plainText };
    if (state.mode === 'lost' || state.mode === 'opaque')
      return {
        refused: 'a value inside or after shell syntax in which quotes do not protect it',
        hint: 'Assign the value to a variable first (NAME={{…}}), before any here-document, backtick, $(( )), $[ ], ${ } or declare -i, and use "$NAME".',
      };
    const follow = joinLines(next, state.indent);
    const role = findRole(state, follow);
    if (typeof role === 'object') return role;
    return { name: nameContext, word: wordContext(state, follow) }[role];
  },
};

/** The text as the shell reads it: a backslash before a line break joins the lines. The indentation of a partial begins each line. */
function joinLines(text: string, indent: string): string {
  return text.replace(/(\\[^\n])|\\\n/g, (_, escaped?: string) => escaped ?? indent);
}

function wordContext(state: State, next: string): OutputContext {
  if (state.mode === 'double')
    return { name: 'in double quotes', write: (text) => plainText(text).replace(/[\\"$`]/g, '\\$&') };
  if (state.mode === 'single') return { name: 'in single quotes', write: writeSingle };
  return { name: 'outside quotes', write: (text) => quoteShell(text, next) };
}

/** A part of a variable's name. The template text begins the name. */
const nameContext: OutputContext = {
  name: 'in the name of a variable',
  write: (text) => onlyThese(text, /[A-Za-z0-9_]/, 'in the name of a variable'),
};

/** Reserved words: the shell interprets them at the start of a command when they are not quoted. */
const reserved = /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc)$/;

/** Writes the text plain if that is safe everywhere in a command, else in single quotes. */
function quoteShell(text: string, next: string): string {
  plainText(text);
  const digitsBeforeArrow = /^\d+$/.test(text) && /^[<>]/.test(next);
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(text) && !reserved.test(text) && !digitsBeforeArrow) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function writeSingle(text: string): string {
  if (text.includes("'"))
    throw new DialectRefusal(
      'a text in single quotes cannot contain a single quote',
      'Use double quotes, or no quotes.',
    );
  return plainText(text);
}

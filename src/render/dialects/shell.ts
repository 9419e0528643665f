import { DialectRefusal } from './grammar.js';
import type { Grammar, OutputContext } from './grammar.js';
import { findRole } from './shell-place.js';
import { stepShell } from './shell-scan.js';
import type { State } from './state.js';
import { escapedPlace, onlyThese, plainText } from './text.js';

/**
 * POSIX shell (and bash, ksh, zsh) scripts. Where quotes do not mean what they mean elsewhere (here-documents, backticks,
 * arithmetic, `${…}`), and where the shell reads a word again after it has removed the quotes (`eval`, subscripts, `[[ ]]`,
 * names of variables), no value is taken. Proven against real shells in test/render/dialects/shell-hostile.real.test.ts.
 */
export const shell: Grammar = {
  step: stepShell,

  place(state, next) {
    if (state.escaped) return escapedPlace;
    if (state.mode === 'comment') return { name: 'in a comment', write: plainText };
    if (state.mode === 'lost' || state.mode === 'opaque')
      return {
        refused: 'a value inside or after shell syntax that quotes cannot protect it from',
        hint: 'Assign the value to a variable first (NAME={{…}}), before any here-document, backtick, $(( )), $[ ], ${ } or declare -i, and use "$NAME".',
      };
    const role = findRole(state, next);
    if ('refused' in role) return role;
    return role.is === 'name' ? { name: 'in the name of a variable', write: writeName } : placeWord(state, next);
  },
};

function placeWord(state: State, next: string): OutputContext {
  if (state.mode === 'double')
    return { name: 'in double quotes', write: (text) => plainText(text).replace(/[\\"$`]/g, '\\$&') };
  if (state.mode === 'single') return { name: 'in single quotes', write: writeSingle };
  return { name: 'outside quotes', write: (text) => quoteShell(text, next) };
}

/** A part of a name that the template begins. */
function writeName(text: string): string {
  return onlyThese(text, /[A-Za-z0-9_]/, 'in the name of a variable');
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
  if (text.includes("'"))
    throw new DialectRefusal('single quotes cannot hold a single quote', 'Use double quotes, or none.');
  return plainText(text);
}

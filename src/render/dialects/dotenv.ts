import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { longestVariable } from './limits.js';
import { linesOf } from './lines.js';
import { bytesOf, fitInto, onlyThese, plainText } from './text.js';

/**
 * Files of `NAME=value` lines that sh, systemd (EnvironmentFile=) and Node (--env-file) read alike. These readers agree only on three forms:
 * plain text of harmless characters; single quotes, in which all characters are literal; and double quotes around text with a single quote
 * but without `" \ $` and the backtick. `State.nest` is `=` after the end of the name. Proven in test/render/dialects/dotenv.real.test.ts.
 */
export const dotenv: Grammar = {
  measure: linesOf(longestVariable, 'a variable', withoutQuotes, (end) => (/["']$/.test(end) ? 2 : 0)),

  step: (state, char) => {
    if (char === '\n') return { mode: 'bare', nest: '' };
    if (state.mode === 'comment') return {};
    return char === '#' && /^\s*$/.test(state.line) ? { mode: 'comment' } : char === '=' ? { nest: '=' } : {};
  },

  contextAt({ mode, line, nest }, next) {
    // The consumer removes the quotes, so they do not count.
    const around = bytesOf(line) + bytesOf(/^.*/.exec(next)?.[0] ?? '');
    const fit = (text: string): string => fitInto(text, around, longestVariable, 'the variable');
    if (mode === 'comment') return { name: 'in a comment', write: plainText };
    if (nest === '') {
      const first = /^(?:export )?$/.test(line);
      return { name: 'in a name', write: (text) => writeName(fit(text), first) };
    }
    if (/^[^=]*=$/.test(line) && /^(?:\n|$)/.test(next))
      return { name: 'as a value', write: (text) => writeValue(fit(text)) };
    return { name: 'in a part of a value', write: (text) => onlyThese(fit(text), plain, 'in a part of a value', hint) };
  },
};

function withoutQuotes(line: string): string {
  return line.replace(/^([^=]*=)(["'])(.*)\2$/, '$1$3');
}

const plain = /[A-Za-z0-9_./:@%+,=[\]-]/;
const hint =
  'Write the tag as the whole value, without quotes (NAME={{value}}). rollcall adds quotes when they are needed.';

function writeName(text: string, first: boolean): string {
  if (first && /^[0-9]/.test(text)) throw new DialectRefusal('a name cannot begin with a digit');
  if (first && text === '') throw new DialectRefusal('the value is empty, and so would be the name');
  return onlyThese(text, /[A-Za-z0-9_]/, 'in the name of a variable');
}

function writeValue(text: string): string {
  plainText(text);
  if (/\p{Noncharacter_Code_Point}/u.test(text))
    throw new DialectRefusal('it has a noncharacter code point, and systemd would drop the whole value');
  if (Array.from(text).every((char) => plain.test(char))) return text;
  if (!text.includes("'")) return `'${text}'`;
  if (/["\\$`]/.test(text))
    throw new DialectRefusal(
      'it has a single quote and one of " \\ $ `, and no form of quotes has the same meaning for all readers',
    );
  return `"${text}"`;
}

import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { plainText } from './text.js';

/** Linux: NAME_MAX of every usual file system. */
export const longestName = 255;

/**
 * Why a file gets no name with such a beginning, and what to do: a glob (`rm *`) hands a leading "-" to a program as an
 * option, and passes a leading "." over. Undefined for any other name.
 */
export function problemOfBeginning(name: string): string | undefined {
  const way = 'write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf';
  if (name.startsWith('-'))
    return `a leading "-" would make an option of the file's name in a glob such as "rm *": ${way}`;
  if (name.startsWith('.')) return `a leading "." would hide the file: ${way}`;
  return undefined;
}

/** Paths of files: a value is one name, or a part of one, and can never lead elsewhere. */
export const path: Grammar = {
  step: (_state, char) => ({ word: char === '/' ? 'start' : 'inside' }),
  place: (state) => ({ name: 'in a path', write: (text) => writeName(text, state.word !== 'inside') }),
};

function writeName(text: string, first: boolean): string {
  plainText(text);
  if (text === '') throw new DialectRefusal('a file name cannot be made from nothing: it is empty');
  if (text.includes('/')) throw new DialectRefusal('"/" would lead into another directory');
  if (text === '.' || text === '..') throw new DialectRefusal('"." and ".." are directories');
  const problem = first ? problemOfBeginning(text) : undefined;
  if (problem !== undefined) throw new DialectRefusal(problem);
  if (Buffer.byteLength(text) > longestName) throw new DialectRefusal(`it is longer than ${longestName} bytes`);
  return text;
}

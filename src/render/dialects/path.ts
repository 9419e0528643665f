import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { plainText } from './text.js';

/** Linux: NAME_MAX of the common file systems. */
export const longestName = 255;

/**
 * Why a file name must not begin so, and what to do; undefined for any other name. A program reads a name with a leading "-" from a glob
 * (`rm *`) as an option, and a glob skips a name with a leading ".".
 */
export function problemOfBeginning(name: string): string | undefined {
  const way = 'write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf';
  if (name.startsWith('-'))
    return `a leading "-" would make the file's name an option in a glob such as "rm *": ${way}`;
  if (name.startsWith('.')) return `a leading "." would hide the file: ${way}`;
  return undefined;
}

/** Paths of files. A value is one file name or a part of one, and cannot lead to another directory. */
export const path: Grammar = {
  step: (_state, char) => ({ word: char === '/' ? 'start' : 'inside' }),
  contextAt: (state) => ({ name: 'in a path', write: (text) => writeName(text, state.word !== 'inside') }),
};

function writeName(text: string, first: boolean): string {
  plainText(text);
  if (text === '') throw new DialectRefusal('the value is empty, and so would be the file name');
  if (text.includes('/')) throw new DialectRefusal('"/" would lead into another directory');
  if (text === '.' || text === '..') throw new DialectRefusal('"." and ".." are directories');
  const problem = first ? problemOfBeginning(text) : undefined;
  if (problem !== undefined) throw new DialectRefusal(problem);
  if (Buffer.byteLength(text) > longestName) throw new DialectRefusal(`it is longer than ${longestName} bytes`);
  return text;
}

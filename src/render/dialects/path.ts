import { Refusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { plainText } from './text.js';

/** Linux: NAME_MAX of every usual file system. */
export const longestName = 255;

/** Paths of files: a value is one name, or a part of one, and can never lead elsewhere. */
export const path: Grammar = {
  step: (_state, char) => ({ word: char === '/' ? 'start' : 'inside' }),
  place: (state) => ({ name: 'in a path', write: (text) => writeName(text, state.word !== 'inside') }),
};

function writeName(text: string, first: boolean): string {
  plainText(text);
  if (text === '') throw new Refusal('a file name cannot be made from nothing: it is empty');
  if (text.includes('/')) throw new Refusal('"/" would lead into another directory');
  if (text === '.' || text === '..') throw new Refusal('"." and ".." are directories');
  if (first && text.startsWith('.')) throw new Refusal('a leading "." would hide the file');
  if (Buffer.byteLength(text) > longestName) throw new Refusal(`it is longer than ${longestName} bytes`);
  return text;
}

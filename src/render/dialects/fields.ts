import { DialectRefusal } from './grammar.js';
import type { Grammar } from './grammar.js';
import { longestHaproxyBuffer } from './limits.js';
import { linesOf } from './lines.js';
import { bytesOf, fitInto, plainText, standsAlone } from './text.js';

/**
 * Records of words separated by white space, one record per line, `#` for comments: hosts(5), HAProxy's maps, lists of names. Such readers
 * support neither quotes nor escapes, so a value that would change the columns is rejected. HAProxy reads the rest of a line that is too
 * long as another record, and a registrant could choose that record, so such a line is refused. Proven against a real HAProxy in
 * test/render/dialects/fields.real.test.ts.
 */
export const fields: Grammar = {
  measure: linesOf(longestHaproxyBuffer, 'a line'),

  step(state, char) {
    if (char === '\n') return { mode: 'bare', word: 'start' };
    if (/\s/.test(char)) return { word: 'start' };
    // Some readers (HAProxy's maps) do not support a comment after a record, so only whole comment lines may hold any text. Words make no difference in a comment.
    if (char === '#' && /^\s*$/.test(state.line)) return { mode: 'comment' };
    return { word: 'inside' };
  },

  contextAt(state, next) {
    const around = bytesOf(state.line) + bytesOf(/^.*/.exec(next)?.[0] ?? '');
    const fit = (text: string): string => fitInto(text, around, longestHaproxyBuffer, 'the line');
    if (state.mode === 'comment') return { name: 'in a comment', write: (text) => fit(plainText(text)) };
    const alone = standsAlone(state, next, /^(?:\s|\uFFFC)/) !== false;
    return { name: 'as a field', write: (text) => fit(writeField(text, alone)) };
  },
};

function writeField(text: string, alone: boolean): string {
  plainText(text);
  if (/\s/.test(text)) throw new DialectRefusal('white space in the value would begin another field');
  if (text.includes('#')) throw new DialectRefusal('"#" would begin a comment');
  if (alone && text === '') throw new DialectRefusal('the value is empty, and so would be the field');
  return text;
}

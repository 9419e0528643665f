import { groupDigits } from '../../model/group-digits.js';
import type { Measure } from './grammar.js';
import { longestRelativeName, longestZoneData, longestZoneLabel, longestZoneName } from './limits.js';

/** Finds names and record data that are longer than DNS allows (RFC 1035). */
export const zoneRecords: Measure = {
  minLength: longestZoneLabel,
  of(text, from) {
    // Fast path: nearly every text is short and has no long word.
    if (text.length < longestZoneData && !longWord.test(text))
      return { problem: undefined, openFrom: text.lastIndexOf('\n') + 1 };
    let problem: string | undefined;
    let line = 0;
    let depth = 0;
    let data = 0;
    // True after the type, which comes directly before the data. The owner, the TTL and the class come before the type.
    let typed = false;
    const lead = from === 'double' ? '"' : from === 'comment' ? ';' : '';
    for (const found of `${lead}${text}`.matchAll(tokens)) {
      const [token] = found;
      if (token === '\n') {
        if (depth > 0) continue;
        data = 0;
        typed = false;
        line = found.index + 1 - lead.length;
      } else if (token === '(') depth++;
      else if (token === ')') depth = Math.max(0, depth - 1);
      else if (token.startsWith('"')) data += token.replace(/\\(?:\d{3}|.)/gs, 'x').length - 1;
      else if (!token.startsWith(';')) {
        if (typed) data += token.length + 1;
        typed ||= found.index - lead.length > line && /^(?!IN$|CH$|HS$)[A-Z]+\d*$/i.test(token);
        problem ??= problemOfWord(token);
      }
      if (data > longestZoneData) problem = `a record of more than ${groupDigits(longestZoneData)} octets of data`;
    }
    return { problem, openFrom: line };
  },
};

/** Quoted strings, comments, parentheses, line ends and words. */
const tokens = /"(?:[^"\\\n]|\\.)*"?|;[^\n]*|[()\n]|(?:[^\s"();\\]|\\.)+/gs;

const longWord = new RegExp(`\\S{${longestZoneLabel + 1}}`);

function problemOfWord(word: string): string | undefined {
  if (word.length <= longestZoneLabel || word.includes('\\')) return undefined;
  if (word.split('.').some((label) => label.length > longestZoneLabel && /^[\w-]+$/.test(label)))
    return `a label longer than ${longestZoneLabel} characters`;
  if (!word.includes('.')) return undefined;
  if (word.endsWith('.'))
    return word.length - 1 > longestZoneName ? `a name longer than ${longestZoneName} characters` : undefined;
  return word.length > longestRelativeName
    ? `a name without a final dot that is longer than ${longestRelativeName} characters`
    : undefined;
}

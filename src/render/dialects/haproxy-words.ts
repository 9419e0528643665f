import type { Measure } from './grammar.js';
import { mostHaproxyWords } from './limits.js';

/** Finds lines with more words than HAProxy accepts. */
export const haproxyWords: Measure = {
  // Each word needs at least one character and a blank.
  minLength: 2 * mostHaproxyWords,
  of(text) {
    let problem: string | undefined;
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      const stop = end < 0 ? text.length : end;
      if (stop - start >= 2 * mostHaproxyWords && countWords(text, start, stop) > mostHaproxyWords)
        problem = `a line of more than the ${mostHaproxyWords} words that HAProxy accepts`;
      if (end < 0) return { problem, openFrom: start };
      start = end + 1;
    }
  },
};

function countWords(text: string, start: number, stop: number): number {
  let words = 0;
  let word = false;
  let quote = '';
  for (let at = start; at < stop; at++) {
    const char = text.charAt(at);
    if (quote === '' && (char === ' ' || char === '\t' || char === '\r')) {
      word = false;
      continue;
    }
    if (quote === '' && char === '#') return words;
    if (!word) words++;
    word = true;
    if (char === '\\' && quote !== "'") at++;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  return words;
}

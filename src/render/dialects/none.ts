import type { Grammar } from './grammar.js';
import { plainText } from './text.js';

/** Text of no known grammar: values are written as they are, on one line. */
export const none: Grammar = {
  step: () => ({}),
  place: () => ({ name: 'in text', write: plainText }),
};

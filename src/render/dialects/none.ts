import type { Grammar } from './grammar.js';
import { plainText } from './text.js';

/** Text without a known grammar. Values are written unchanged, and must not contain line breaks. */
export const none: Grammar = {
  step: () => ({}),
  contextAt: () => ({ name: 'in text', write: plainText }),
};

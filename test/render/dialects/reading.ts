import type { Grammar } from '../../../src/render/dialects/grammar.js';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import { scan } from '../../../src/render/dialects/scan.js';
import { initialState, joinStates, passValue } from '../../../src/render/dialects/state.js';
import type { State } from '../../../src/render/dialects/state.js';

/**
 * Writes a value in place of each `¤` of a text, as the lint and the engine do: each context is found from the template text alone. `§`
 * is another value, `b`. `¿` is a block that may write `x` or nothing.
 * @returns the output, or `!` and the reason why a value is refused.
 */
export function fill(grammar: Grammar, text: string, value: string, from = initialState): string {
  let state = from;
  let out = '';
  let run = '';
  const parts = text.split(/([¤§¿])/);
  for (const [index, part] of parts.entries()) {
    if (part === '¿') {
      const joined = joinStates(scan(grammar, state, 'x'), state);
      if (typeof joined === 'string') return `!${joined}`;
      state = joined;
      continue;
    }
    if (part !== '¤' && part !== '§') {
      state = scan(grammar, state, part);
      out += part;
      continue;
    }
    state = grammar.beforeValue?.(state) ?? state;
    const mark = parts[index + 2];
    const next = `${parts[index + 1] ?? ''}${mark === '¤' || mark === '§' ? valueMark : mark === '¿' ? unknownMark : ''}`;
    const context = grammar.contextAt(state, next);
    if ('refused' in context) return `!${context.refused}`;
    try {
      const before = context.continues === true ? run : '';
      const text = part === '§' ? 'b' : value;
      out += context.write(text, before);
      run = before + text;
    } catch (error) {
      return `!${(error as Error).message}`;
    }
    state = passValue(state);
  }
  return out;
}

const marks: Readonly<Record<State['mode'], string>> = {
  bare: '',
  double: '"',
  single: "'",
  comment: '#',
  block: '|',
  opaque: '$',
  lost: '!',
};

/**
 * The states of a scanner, one character for the state before each character of a text, and one for the state at its end. `\`: after a
 * backslash. `_`: outside quotes, where a word would begin. `-`: the same, but not as the first word of a statement. `w`: inside a
 * word. `?`: both are possible. `"`, `'`, `#`: in quotes or a comment.
 * `|`: in a block scalar. `$`: in an expansion. `!`: lost. The brackets that are open at the end follow after a blank.
 */
export function trace(grammar: Grammar, text: string, from = initialState): string {
  let state = from;
  let letters = letterOf(state);
  const chars = Array.from(text);
  for (const [index, char] of chars.entries()) {
    state = scan({ ...grammar, step: (at, one) => grammar.step(at, one, chars[index + 1] ?? '') }, state, char);
    letters += letterOf(state);
  }
  return state.nest === '' ? letters : `${letters} ${state.nest}`;
}

function letterOf({ mode, escaped, word, head }: State): string {
  if (!Object.hasOwn(marks, mode)) throw new Error(`there is no mode "${mode}"`);
  if (escaped) return '\\';
  return marks[mode] || { start: head ? '_' : '-', inside: 'w', unknown: '?' }[word];
}

import type { Grammar } from './grammar.js';
import type { State } from './state.js';

/** The state after a piece of template text. */
export function scan({ step }: Pick<Grammar, 'step'>, from: State, text: string): State {
  let state = from;
  const chars = Array.from(text);
  for (const [index, char] of chars.entries()) {
    if (state.mode === 'lost') return state;
    const changed = step(state, char, chars[index + 1] ?? '');
    const line = char === '\n' ? state.indent : state.line + char;
    state = { ...state, line, ...changed };
  }
  return state;
}

import { unknownMark, valueMark } from './marks.js';
import { joinCommands } from './shell-frames.js';

/**
 * How far a consumer's parser has come when it reads the output up to some point of the template. Only what follows
 * from the template's own text: values are written so that they change nothing of it.
 */
export interface State {
  /** `block`: a YAML block scalar. `opaque`: a shell expansion. `lost`: the grammar is not followed any further. */
  readonly mode: 'bare' | 'double' | 'single' | 'comment' | 'block' | 'opaque' | 'lost';
  /** Whether a new word (argument, scalar) would begin here. */
  readonly word: 'start' | 'inside' | 'unknown';
  /** Right after a backslash that takes the next character. */
  readonly escaped: boolean;
  /** The output line so far. */
  readonly line: string;
  /** What is open around this point; each dialect's own. */
  readonly nest: string;
  /** nginx: this may be the first word of a statement. */
  readonly head: boolean;
  /** Shell: the simple commands that are open here, in the form of shell-frames.ts. */
  readonly command: string;
  /** White space that begins every line: that of a partial that stands alone on its line. */
  readonly indent: string;
}

export const initialState: State = {
  mode: 'bare',
  word: 'start',
  escaped: false,
  line: '',
  nest: '',
  head: true,
  command: '',
  indent: '',
};

/** The state after a value. */
export function passValue(state: State): State {
  if (state.mode === 'lost') return state;
  return {
    ...state,
    line: state.line + valueMark,
    // Without an open command, as in all other dialects, there is nothing to note.
    command: state.command === '' ? '' : state.command + valueMark,
    word: 'inside',
    escaped: false,
    head: state.head && state.mode !== 'bare',
  };
}

/**
 * The state after a block whose branches end in `a` and `b`, or what they disagree about. What only narrows the
 * choice of an escape is forgotten; what decides it must be equal.
 */
export function joinStates(a: State, b: State): State | string {
  if (a.mode === 'lost' || b.mode === 'lost') return { ...a, mode: 'lost' };
  if (a.mode !== b.mode) return `${ending(a)} and ${ending(b)}`;
  if (a.escaped !== b.escaped) return 'after a backslash and not';
  if (a.nest !== b.nest) return 'with different brackets open';
  const command = joinCommands(a.command, b.command);
  if (command === undefined) return 'inside and outside a "case"';
  return {
    ...a,
    command,
    word: a.word === b.word ? a.word : 'unknown',
    line: a.line === b.line ? a.line : unknownMark,
    head: a.head || b.head,
  };
}

/** True when both allow the same. */
export function sameState(a: State, b: State): boolean {
  return keyOfState(a) === keyOfState(b);
}

export function keyOfState(state: State): string {
  return JSON.stringify(state, Object.keys(initialState).sort());
}

/** For people: `in double quotes`. */
export function ending(state: State): string {
  switch (state.mode) {
    case 'bare':
      return 'outside quotes';
    case 'double':
      return 'in double quotes';
    case 'single':
      return 'in single quotes';
    case 'comment':
      return 'in a comment';
    case 'block':
      return 'in a block scalar';
    case 'opaque':
      return 'in an expansion';
    case 'lost':
      return 'out of reach';
  }
}

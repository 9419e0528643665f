import { unknownMark, valueMark } from './marks.js';
import { joinCommands } from './shell-frames.js';
import { addValue, joinPlain, noPlain } from './yaml-plain.js';
import type { Plain } from './yaml-plain.js';

/**
 * The state of a consumer's parser after the output up to a position of the template. It depends only on template text: values are escaped so
 * that they do not change it.
 */
export interface State {
  /** `block`: a YAML block scalar. `opaque`: a shell expansion. `lost`: the grammar can no longer determine the state. */
  readonly mode: 'bare' | 'double' | 'single' | 'comment' | 'block' | 'opaque' | 'lost';
  /** Whether a new word (argument, scalar) would begin here. */
  readonly word: 'start' | 'inside' | 'unknown';
  /** True right after a backslash that escapes the next character. */
  readonly escaped: boolean;
  /** The output line so far. */
  readonly line: string;
  /** The open brackets; each dialect has its own notation. */
  readonly nest: string;
  /** nginx: this may be the first word of a statement. */
  readonly head: boolean;
  /** Shell: the simple commands that are open here, in the form of shell-frames.ts. */
  readonly command: string;
  /** YAML: the plain scalar that is open here. */
  readonly plain: Plain;
  /** White space at the beginning of every line of a partial whose tag is alone on its line. */
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
  plain: noPlain,
  indent: '',
};

/** The names of all fields, also of those in `plain`. */
const fields = [...Object.keys(initialState), ...Object.keys(noPlain)];

/** The state after a value. */
export function passValue(state: State): State {
  if (state.mode === 'lost') return state;
  return {
    ...state,
    line: state.line + valueMark,
    // Other dialects than shell have no open command.
    command: state.command === '' ? '' : state.command + valueMark,
    word: 'inside',
    escaped: false,
    head: state.head && state.mode !== 'bare',
    plain: state.mode === 'bare' ? addValue(state.plain) : state.plain,
  };
}

/**
 * The state after a block whose branches end in `a` and `b`, or a text that says how they differ. The parts that decide the escape must be
 * equal. Other differences become unknown.
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
    plain: joinPlain(a.plain, b.plain),
  };
}

/** True when both states are equal. */
export function sameState(a: State, b: State): boolean {
  return keyOfState(a) === keyOfState(b);
}

export function keyOfState(state: State): string {
  return JSON.stringify(state, fields);
}

/** The state in words, for messages: `in double quotes`. */
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
      return 'in an unknown context';
  }
}

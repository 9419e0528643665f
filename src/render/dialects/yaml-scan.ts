import { unknownMark } from './marks.js';
import type { State } from './state.js';

/**
 * The state of a YAML scanner after one more character. `State.nest` holds the open flow brackets, or `|` and the indentation of the node that
 * a block scalar belongs to. The lines of the scalar have a larger indentation (YAML 1.2.2, 8.1).
 */
export function stepYaml(state: State, char: string, next: string): Partial<State> {
  switch (state.mode) {
    case 'double':
      if (state.escaped) return { escaped: false };
      return char === '\\' ? { escaped: true } : char === '"' ? { mode: 'bare', word: 'inside' } : {};
    case 'single':
      if (state.escaped) return { escaped: false };
      if (char !== "'") return {};
      return next === "'" ? { escaped: true } : { mode: 'bare', word: 'inside' };
    case 'comment':
      return char === '\n' ? endLine(state) : {};
    case 'block': {
      if (/[ \r\n]/.test(char)) return {};
      const left = leaveBlock(state);
      return left === state ? {} : { mode: left.mode, nest: left.nest, word: left.word, ...stepBare(left, char) };
    }
    case 'bare':
    case 'opaque':
    case 'lost':
      return char === '\n' ? endLine(state) : stepBare(state, char);
  }
}

/** The state after the block scalar, when the indentation of this line ends the scalar; else the same state. */
export function leaveBlock(state: State): State {
  if (state.mode !== 'block') return state;
  if (!/^[ \uFFFF]*$/.test(state.line)) return state;
  if (state.line.includes(unknownMark)) return { ...state, mode: 'lost' };
  if (state.line.length > Number(state.nest.slice(1))) return state;
  return { ...state, mode: 'bare', nest: '', word: 'start' };
}

function endLine({ line, nest, word }: State): Partial<State> {
  if (nest !== '|') return { mode: 'bare', word: nest === '' ? 'start' : word };
  const before = /^ *(?:[-?] +)*/.exec(line)?.[0] ?? '';
  const rest = line.slice(before.length);
  if (/[|>][+-]?\d|\uFFFF/.test(line) || /^\t|^---/.test(rest)) return { mode: 'lost' };
  // Which node it belongs to is on another line.
  if (!/\S/.test(before) && /^[&!|>]/.test(rest)) return { mode: 'lost' };
  const parent = /^[&!|>]/.test(rest) ? before.replace(/[-?] +$/, '') : before;
  return { mode: 'block', nest: `|${parent.length}` };
}

function stepBare(state: State, char: string): Partial<State> {
  const { line, nest, word } = state;
  const flow = /[[{]/.test(nest);
  if (/[ \t\r]/.test(char)) return startsNode(line, flow) ? { word: 'start' } : {};
  if (word === 'unknown' && /["'#[\]{}|>]/.test(char)) return { mode: 'lost' };
  if (char === '#') return line.endsWith('\uFFFF') ? { mode: 'lost' } : /^$|\s$/.test(line) ? { mode: 'comment' } : {};
  if (flow) {
    if (char === ',') return { word: 'start' };
    if (char === ']' || char === '}') return { nest: nest.slice(0, -1), word: 'inside' };
    if (char === ':' && /["']\s*$/.test(line)) return { word: 'start' };
  }
  if (word !== 'start') return {};
  if (char === '"') return { mode: 'double' };
  if (char === "'") return { mode: 'single' };
  if (char === '[' || char === '{') return { nest: nest + char };
  if (nest === '' && (char === '|' || char === '>')) return { nest: '|', word: 'inside' };
  return { word: 'inside' };
}

/**
 * A node can begin after white space at the beginning of a line, after `key:`, after `-`, `?` or `---` there, or after the tag and the anchor
 * of the node. In brackets, it can also follow a bracket or a comma. Other white space is part of a plain scalar: `a - "b"`.
 */
function startsNode(line: string, flow: boolean): boolean {
  return (
    /^(?:---|(?:---\s+|\s*)(?:[-?]\s+)*[-?]?)$|:$/.test(line) ||
    /(?:^(?:---\s+|\s*)(?:[-?]\s+)*|:\s+)[&!]\S*(?:\s+[&!]\S*)?$/.test(line) ||
    (flow && /[,[{]\s*(?:\?|[&!]\S*(?:\s+[&!]\S*)?)$/.test(line))
  );
}

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
  const indentation = /^( *)(\uFFFF? *)$/.exec(state.line);
  if (indentation === null) return state;
  if (indentation[2] !== '') return { ...state, mode: 'lost' };
  if (state.line.length > Number(state.nest.slice(1))) return state;
  return { ...state, mode: 'bare', nest: '', word: 'start' };
}

function endLine({ line, nest, word }: State): Partial<State> {
  if (nest !== '|') return { mode: 'bare', word: nest === '' || word === 'start' ? 'start' : word };
  const before = /^ *(?:[-?] +)*/.exec(line)?.[0] ?? '';
  const rest = line.slice(before.length);
  if (/[|>][+-]?\d|\uFFFF/.test(line) || /^\t|^---/.test(rest)) return { mode: 'lost' };
  if (before === '' && /^[&!|>]/.test(rest)) return { mode: 'lost' };
  const parent = /^[&!|>]/.test(rest) ? before.replace(/[-?] +$/, '') : before;
  return { mode: 'block', word: 'start', nest: `|${parent.length}` };
}

function stepBare(state: State, char: string): Partial<State> {
  const { line, nest, word } = state;
  if (/[ \t\r]/.test(char)) return startsNode(line) ? { word: 'start' } : {};
  if (word === 'unknown' && /["'#[\]{}|>]/.test(char)) return { mode: 'lost' };
  if (char === '#') return line.endsWith('\uFFFF') ? { mode: 'lost' } : /^$|\s$/.test(line) ? { mode: 'comment' } : {};
  if (/^[[{]/.test(nest)) {
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

/** A node can begin after white space after `key:`, `-`, `?`, a tag or an anchor. Other white space is part of a plain scalar. */
function startsNode(line: string): boolean {
  return /^\s*$|:$|(?:^|\s)[-?]$|(?:^\s*|:\s+|(?:^|\s)[-?]\s+)[&!]\S*$/.test(line);
}

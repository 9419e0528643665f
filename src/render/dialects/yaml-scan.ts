import { unknownMark } from './marks.js';
import type { State } from './state.js';
import { addChar, beginNode, closePlain, continues, openPlain } from './yaml-plain.js';
import type { Plain } from './yaml-plain.js';

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
      const left = beforeYamlValue(state);
      if (left.mode !== 'bare') return { mode: left.mode };
      return { mode: left.mode, nest: left.nest, word: left.word, ...stepBare(left, char, next) };
    }
    case 'bare':
    case 'opaque':
    case 'lost': {
      if (char === '\n') return endLine(state);
      const begun = /[ \t\r]/.test(char) ? state : beginLine(state);
      return { word: begun.word, plain: begun.plain, ...stepBare(begun, char, next) };
    }
  }
}

/** The state right before a value or a character: a block scalar or a plain scalar of the line before may end at its column. */
export function beforeYamlValue(state: State): State {
  return beginLine(leaveBlock(state));
}

/**
 * The state after the block scalar, when the indentation of this line ends the scalar; else the same state. A line with other characters
 * is longer than this indentation: its first character was judged here.
 */
function leaveBlock(state: State): State {
  if (state.mode !== 'block') return state;
  if (state.line.includes(unknownMark)) return { ...state, mode: 'lost' };
  if (state.line.length > Number(state.nest.slice(1))) return state;
  return { ...state, mode: 'bare', nest: '', word: 'start' };
}

/** The state before the first character of a line that is no blank: the line can continue the plain scalar of the line before. */
function beginLine(state: State): State {
  const { line, plain, word } = state;
  // Where a node can begin in the middle of a line, no scalar is open.
  if (word !== 'start') return state;
  const continued = continues(plain, line.includes(unknownMark) ? NaN : line.length);
  if (continued === 'no') return { ...state, plain: closePlain(plain) };
  return { ...state, word: continued === 'yes' ? 'inside' : 'unknown' };
}

function endLine({ mode, line, nest, plain }: State): Partial<State> {
  if (nest !== '|')
    return nest === ''
      ? { mode: 'bare', word: 'start', plain: endPlain(line, mode, plain) }
      : { mode: 'bare', plain: addChar(plain, ' ') };
  const before = /^ *(?:[-?] +)*/.exec(line)?.[0] ?? '';
  const rest = line.slice(before.length);
  if (/[|>][+-]?\d|\uFFFF/.test(line) || /^\t|^---/.test(rest)) return { mode: 'lost' };
  // Which node it belongs to is on another line.
  if (!/\S/.test(before) && /^[&!|>]/.test(rest)) return { mode: 'lost' };
  const parent = /^[&!|>]/.test(rest) ? before.replace(/[-?] +$/, '') : before;
  return { mode: 'block', nest: `|${parent.length}` };
}

/** The plain scalar at the end of a line outside brackets. The next line can continue it. A comment ends it. */
function endPlain(line: string, mode: State['mode'], plain: Plain): Plain {
  if (mode === 'comment' || /^\.\.\.\s*$/.test(line)) return { ...closePlain(plain), text: plain.text };
  return startsNode(line, false) ? beginNode(plain, line) : addChar(plain, ' ');
}

function stepBare(state: State, char: string, next: string): Partial<State> {
  const { line, nest, word, plain } = state;
  const flow = /[[{]/.test(nest);
  const start = { word: 'start', plain: closePlain(plain) } as const;
  if (/[ \t\r]/.test(char)) {
    if (startsNode(line, flow)) return { word: 'start', plain: beginNode(plain, line) };
    return { plain: addChar(plain, char) };
  }
  if (word === 'unknown' && /["'#[\]{}|>]/.test(char)) return { mode: 'lost' };
  if (char === '#') {
    if (/^$|\s$/.test(line)) return { mode: 'comment' };
    // After a bracket or a comma, readers differ.
    if (word === 'start' || line.endsWith(unknownMark)) return { mode: 'lost' };
  }
  if (flow) {
    if (char === ',') return start;
    if (char === ']' || char === '}') return { nest: nest.slice(0, -1), word: 'inside', plain: start.plain };
    if (char === ':' && /["']\s*$/.test(line)) return start;
    if (char === '?' && word === 'start' && /\s/.test(next)) return {};
  }
  if (word !== 'start') return { plain: addChar(plain, char) };
  if (char === '"') return { mode: 'double' };
  if (char === "'") return { mode: 'single' };
  if (char === '[' || char === '{') return { nest: nest + char };
  if (nest === '' && (char === '|' || char === '>')) return { nest: '|', word: 'inside' };
  return { word: 'inside', plain: openPlain(addChar(plain, char)) };
}

/**
 * A node can begin after white space at the beginning of a line, after `key:`, after `-`, `?` or `---` there, or after the tag and the anchor
 * of the node. In brackets, it can also follow a bracket or a comma. Other white space is part of a plain scalar: `a - "b"`.
 */
function startsNode(line: string, flow: boolean): boolean {
  if (flow) return /:$|(?:^|:\s|[,[{?])\s*[&!]\S*(?:\s+[&!]\S*)?$/.test(line);
  return (
    /^(?:---|(?:---\s+|\s*)(?:[-?]\s+)*[-?])$|:$/.test(line) ||
    /(?:^(?:---\s+|\s*)(?:[-?]\s+)*|:\s+)[&!]\S*(?:\s+[&!]\S*)?$/.test(line)
  );
}

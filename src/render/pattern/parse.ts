import { PatternError } from './problem.js';
import { anyChar, readEscape, readSet, single } from './sets.js';
import type { CharSet } from './sets.js';

/** A node of a parsed pattern. */
export type Node =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'group'; readonly node: Node; readonly index: number }
  | {
      readonly kind: 'repeat';
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
      /** The range of the groups in it. Each repetition resets them. */
      readonly groups: readonly [number, number];
    };

export interface Parsed {
  readonly node: Node;
  /** The number of groups `( )`. */
  readonly groups: number;
}

const maxCount = 100;
const maxDepth = 50;

/**
 * Parses a regular expression in the notation of ECMAScript with the flag `u`, without the parts that a finite automaton cannot match: back
 * references and lookaround. Names of groups are not supported. A repeated part must not match the empty text.
 *
 * @throws PatternError
 */
export function parsePattern(pattern: string): Parsed {
  const chars = Array.from(pattern);
  let at = 0;
  let groups = 0;
  let depth = 0;

  const refuse = (message: string, where = at): never => {
    throw new PatternError(message, where);
  };

  function parseChoice(): Node {
    if (++depth > maxDepth) refuse('the groups are nested too deep');
    const nodes = [parseSequence()];
    while (chars[at] === '|') {
      at++;
      nodes.push(parseSequence());
    }
    depth--;
    const [only] = nodes;
    return nodes.length === 1 && only !== undefined ? only : { kind: 'choice', nodes };
  }

  function parseSequence(): Node {
    const nodes: Node[] = [];
    while (at < chars.length && chars[at] !== '|' && chars[at] !== ')') nodes.push(parseRepeat());
    return { kind: 'sequence', nodes };
  }

  function parseRepeat(): Node {
    const start = at;
    const before = groups;
    const node = parseAtom();
    const counts = parseCounts();
    if (counts === undefined) return node;
    if (node.kind === 'assert') refuse('the repetition has nothing to repeat', start);
    if (canBeEmpty(node)) refuse('the repeated part can be empty: move the repetition inwards or out', start);
    const lazy = chars[at] === '?';
    if (lazy) at++;
    if (/^[*+?{]$/.test(chars[at] ?? '')) refuse('one repetition follows another directly: use a group');
    return { kind: 'repeat', node, ...counts, lazy, groups: [before, groups] };
  }

  function parseCounts(): { min: number; max: number } | undefined {
    const sign = chars[at];
    const simple = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[sign ?? ''];
    if (simple !== undefined) {
      at++;
      return { min: simple[0] ?? 0, max: simple[1] ?? 1 };
    }
    if (sign !== '{') return undefined;
    const [whole, from = '', comma, to = ''] =
      /^\{(\d{1,6})(,)?(\d{1,6})?\}/.exec(chars.slice(at, at + 16).join('')) ?? [];
    if (whole === undefined) return refuse('"{" begins a count such as {2} or {1,3}; write \\{ for the character');
    const min = Number(from);
    const max = comma === undefined ? min : to === '' ? Infinity : Number(to);
    if (max < min) refuse('the second count is less than the first');
    if (min > maxCount || (max !== Infinity && max > maxCount)) refuse(`a count is at most ${maxCount}`);
    at += whole.length;
    return { min, max };
  }

  function parseAtom(): Node {
    const char = chars[at++] ?? '';
    switch (char) {
      case '(':
        return parseGroup();
      case '[': {
        const { set, end } = readSet(chars, at);
        at = end;
        return { kind: 'set', set };
      }
      case '\\':
        return parseEscape();
      case '.':
        return { kind: 'set', set: anyChar };
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '*':
      case '+':
      case '?':
      case '{':
        return refuse('the repetition has nothing to repeat', at - 1);
      case ']':
      case '}':
        return refuse(`"${char}" closes nothing; write \\${char} for the character`, at - 1);
      default:
        return { kind: 'set', set: single(char) };
    }
  }

  function parseEscape(): Node {
    const next = chars[at] ?? '';
    if (next === 'b' || next === 'B') {
      at++;
      return { kind: 'assert', what: next === 'b' ? 'boundary' : 'inside' };
    }
    if (/^[1-9k]$/.test(next)) refuse('back references are not supported', at - 1);
    const { set, end } = readEscape(chars, at);
    at = end;
    return { kind: 'set', set };
  }

  function parseGroup(): Node {
    const start = at - 1;
    const plain = chars[at] === '?';
    if (plain) {
      if (chars[at + 1] !== ':') refuse('the only supported group with (? is (?: )', start);
      at += 2;
    }
    const index = plain ? 0 : ++groups;
    const node = parseChoice();
    if (chars[at] !== ')') refuse('the group is never closed', start);
    at++;
    return plain ? node : { kind: 'group', node, index };
  }

  const node = parseChoice();
  if (at < chars.length) refuse('")" closes a group that is not open');
  return { node, groups };
}

function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'assert':
      return true;
    case 'sequence':
      return node.nodes.every(canBeEmpty);
    case 'choice':
      return node.nodes.some(canBeEmpty);
    case 'group':
      return canBeEmpty(node.node);
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.node);
  }
}

import { parsePattern } from './parse.js';
import { compileSteps } from './program.js';
import type { Step } from './program.js';
import { isIn, isWord } from './sets.js';

/** Start and end of a match, then of each group, in code points. -1: the group took no part in the match. */
export type Match = readonly number[];

export interface Pattern {
  readonly groups: number;
  /**
   * Finds the first match from a character on, as ECMAScript does.
   *
   * @param chars the code points of the text.
   * @param spend receives the number of steps since its last call. It may throw to stop a search that takes too many steps.
   */
  find(chars: readonly string[], from: number, spend: (steps: number) => void): Match | undefined;
}

interface Thread {
  readonly step: number;
  readonly slots: readonly number[];
}

/**
 * Compiles a regular expression. The time of a match is at most proportional to the product of the lengths of the expression and the text:
 * all alternatives are followed in parallel, in their order of preference, and no step runs twice at the same character (K. Thompson,
 * Communications of the ACM 11(6), 1968, with groups as in R. Pike's implementation).
 *
 * @throws PatternError
 */
export function compilePattern(pattern: string): Pattern {
  const parsed = parsePattern(pattern);
  const steps = compileSteps(parsed);
  const nothing = Array.from({ length: parsed.groups * 2 + 2 }, () => -1);
  return { groups: parsed.groups, find: (chars, from, spend) => findFrom(steps, nothing, chars, from, spend) };
}

function findFrom(
  steps: readonly Step[],
  nothing: readonly number[],
  chars: readonly string[],
  from: number,
  spend: (steps: number) => void,
): Match | undefined {
  // For each step, the last character (counted from 1) at which it was reached, so no step runs twice there.
  const reached = new Uint32Array(steps.length);
  let threads: readonly Thread[] = [];
  let best: Match | undefined;
  for (let at = from; at <= chars.length; at++) {
    const ready: Thread[] = [];
    for (const thread of threads) spend(follow(steps, chars, at, thread, reached, ready));
    // An earlier start of a match is preferred to a later one.
    if (best === undefined) spend(follow(steps, chars, at, { step: 0, slots: nothing.with(0, at) }, reached, ready));
    const moved: Thread[] = [];
    const char = chars[at];
    for (const { step, slots } of ready) {
      const one = steps[step];
      if (one?.op === 'match') {
        best = slots.with(1, at);
        break;
      }
      if (one?.op === 'char' && char !== undefined && isIn(one.set, char)) moved.push({ step: step + 1, slots });
    }
    threads = moved;
    if (threads.length === 0 && best !== undefined) break;
  }
  return best;
}

/**
 * Adds all threads that a thread reaches without reading a character, in their order of preference.
 *
 * @returns the number of steps.
 */
function follow(
  steps: readonly Step[],
  chars: readonly string[],
  at: number,
  thread: Thread,
  reached: Uint32Array,
  ready: Thread[],
): number {
  const open: Thread[] = [thread];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    count++;
    const { step, slots } = next;
    const one = steps[step];
    if (one === undefined || reached[step] === at + 1) continue;
    reached[step] = at + 1;
    switch (one.op) {
      case 'char':
      case 'match':
        ready.push(next);
        break;
      case 'jump':
        open.push({ step: one.to, slots });
        break;
      case 'split':
        open.push({ step: one.second, slots }, { step: one.first, slots });
        break;
      case 'save':
        open.push({ step: step + 1, slots: slots.with(one.slot, at) });
        break;
      case 'forget':
        open.push({
          step: step + 1,
          slots: slots.map((slot, index) => (index >= one.from && index < one.to ? -1 : slot)),
        });
        break;
      case 'assert':
        if (holds(one.what, chars, at)) open.push({ step: step + 1, slots });
    }
  }
  return count;
}

function holds(what: 'start' | 'end' | 'boundary' | 'inside', chars: readonly string[], at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === chars.length;
  return (isWord(chars[at - 1]) !== isWord(chars[at])) === (what === 'boundary');
}

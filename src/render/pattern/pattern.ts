import { parsePattern } from './parse.js';
import { compileSteps } from './program.js';
import type { Step } from './program.js';
import { isIn, isWord } from './sets.js';

/** Where a pattern matches: from and to of the whole, then of each group, in characters; -1 for what took no part. */
export type Match = readonly number[];

export interface Pattern {
  readonly groups: number;
  /**
   * The first match from a character on, as ECMAScript finds it.
   *
   * @param chars the code points of the text.
   * @param spend told how many steps were done, now and then: it may throw to end a search that costs too much.
   */
  find(chars: readonly string[], from: number, spend: (steps: number) => void): Match | undefined;
}

interface Thread {
  readonly step: number;
  readonly slots: readonly number[];
}

/**
 * A regular expression that is matched in time proportional to the product of its length and the text's, whatever they
 * are: all ways are followed side by side, in their order of preference, and no step twice at the same character
 * (the construction of K. Thompson, Communications of the ACM 11(6), 1968, with the groups of R. Pike's).
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
  // By step: the character at which it was reached last, counted from 1, so that no step is done twice there.
  const reached = new Uint32Array(steps.length);
  let threads: readonly Thread[] = [];
  let best: Match | undefined;
  for (let at = from; at <= chars.length; at++) {
    const ready: Thread[] = [];
    for (const thread of threads) spend(follow(steps, chars, at, thread, reached, ready));
    // A match that begins earlier is preferred to any that begins here.
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
 * Adds all threads that a thread becomes without a character, in their order of preference.
 *
 * @returns how many steps that took.
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

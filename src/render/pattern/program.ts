import type { Node, Parsed } from './parse.js';
import { PatternError } from './problem.js';
import type { CharSet } from './sets.js';

/** One step of the automaton. `to`, `first` and `second` are indexes of steps. */
export type Step =
  | { readonly op: 'char'; readonly set: CharSet }
  | { readonly op: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  /** Continues at both steps; the first one is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  /** Resets the groups of an earlier repetition. */
  | { readonly op: 'forget'; readonly from: number; readonly to: number }
  | { readonly op: 'match' };

const maxSteps = 1000;

/** @throws PatternError for a pattern whose counts make it too long. */
export function compileSteps({ node }: Parsed): readonly Step[] {
  const steps: Step[] = [];
  const push = <S extends Step>(step: S): S => {
    if (steps.length >= maxSteps) throw new PatternError('the pattern is too long when its counts are expanded', 0);
    steps.push(step);
    return step;
  };

  function emit(one: Node): void {
    switch (one.kind) {
      case 'set':
        push({ op: 'char', set: one.set });
        return;
      case 'assert':
        push({ op: 'assert', what: one.what });
        return;
      case 'sequence':
        for (const inner of one.nodes) emit(inner);
        return;
      case 'group':
        push({ op: 'save', slot: one.index * 2 });
        emit(one.node);
        push({ op: 'save', slot: one.index * 2 + 1 });
        return;
      case 'choice':
        emitChoice(one.nodes);
        return;
      case 'repeat':
        emitRepeat(one);
    }
  }

  function emitChoice(nodes: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, inner] of nodes.entries()) {
      if (index === nodes.length - 1) {
        emit(inner);
        break;
      }
      const split = push({ op: 'split', first: steps.length + 1, second: 0 });
      emit(inner);
      jumps.push(push({ op: 'jump', to: 0 }));
      split.second = steps.length;
    }
    for (const jump of jumps) jump.to = steps.length;
  }

  function emitRepeat({ node: inner, min, max, lazy, groups }: Node & { kind: 'repeat' }): void {
    const round = (): void => {
      if (groups[1] > groups[0]) push({ op: 'forget', from: groups[0] * 2 + 2, to: groups[1] * 2 + 2 });
      emit(inner);
    };
    const decide = (): { leave: (to: number) => void } => {
      const split = push({ op: 'split', first: steps.length + 1, second: steps.length + 1 });
      return { leave: (to) => (lazy ? (split.first = to) : (split.second = to)) };
    };
    for (let count = 0; count < min; count++) round();
    if (max === Infinity) {
      const start = steps.length;
      const { leave } = decide();
      round();
      push({ op: 'jump', to: start });
      leave(steps.length);
      return;
    }
    const leaves: ((to: number) => void)[] = [];
    for (let count = min; count < max; count++) {
      leaves.push(decide().leave);
      round();
    }
    for (const leave of leaves) leave(steps.length);
  }

  emit(node);
  push({ op: 'match' });
  return steps;
}

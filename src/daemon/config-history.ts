import { describeProblem } from '../model/describe-problem.js';
import type { Measures } from '../model/measures.js';
import type { ConfigStatus, Problem } from '../model/status.js';
import { showTime } from '../model/show-time.js';
import type { Clock } from '../ports/runtime.js';

/** Counts the configs that came into force, and remembers the last one that did not. */
export interface ConfigHistory {
  /** A config came into force. @returns its generation */
  applied(): number;
  /** A config cannot be used. */
  refused(error: unknown): Problem;
  describe(file: string): ConfigStatus;
  /** How many configs were refused, and when the last one was, also when a later config came into force. */
  readonly refusals: Measures['configRefusals'];
}

/** @param since wall-clock time of the first config */
export function createConfigHistory(clock: Pick<Clock, 'wall'>, since: number): ConfigHistory {
  let generation = 1;
  let at = since;
  let refused: ConfigStatus['refused'] = null;
  let refusals: Measures['configRefusals'] = { count: 0, lastAt: undefined };
  return {
    applied() {
      generation += 1;
      at = clock.wall();
      refused = null;
      return generation;
    },
    refused(error) {
      const problem = describeProblem(error);
      const lastAt = clock.wall();
      refused = { at: showTime(lastAt), problem };
      refusals = { count: refusals.count + 1, lastAt };
      return problem;
    },
    get refusals() {
      return refusals;
    },
    describe: (file) => ({ file, generation, since: showTime(at), refused }),
  };
}

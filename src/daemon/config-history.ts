import { describeProblem } from '../model/describe-problem.js';
import type { ConfigStatus, Problem } from '../model/status.js';
import { showTime } from '../model/show-time.js';
import type { Clock } from '../ports.js';

/** Counts the configs that came into force, and remembers the last one that did not. */
export interface ConfigHistory {
  /** A config came into force. @returns its generation */
  applied(): number;
  /** A config cannot be used. */
  refused(error: unknown): Problem;
  describe(file: string): ConfigStatus;
}

/** @param since wall-clock time of the first config */
export function createConfigHistory(clock: Pick<Clock, 'wall'>, since: number): ConfigHistory {
  let generation = 1;
  let at = since;
  let refused: ConfigStatus['refused'] = null;
  return {
    applied() {
      generation += 1;
      at = clock.wall();
      refused = null;
      return generation;
    },
    refused(error) {
      const problem = describeProblem(error);
      refused = { at: showTime(clock.wall()), problem };
      return problem;
    },
    describe: (file) => ({ file, generation, since: showTime(at), refused }),
  };
}

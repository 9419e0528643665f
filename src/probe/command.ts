import type { Clock } from '../ports/runtime.js';
import { runProcess, type ProcessRequest } from '../process/process.js';
import { showEnd } from '../process/show.js';
import type { Probe } from './probe.js';

/**
 * A probe by a command. The command runs in a process group of its own, and the whole group is ended at the timeout (`runProcess`). Exit
 * code 0 passes, any other fails. If the command does not start, or a signal ends it, the result is `unanswered`.
 */
export function createCommandProbe(request: Omit<ProcessRequest, 'timeout'>, clock: Clock): Probe {
  return {
    async attempt(timeout, signal) {
      const end = await runProcess({ ...request, timeout }, clock, signal);
      const output = end.kind === 'not-started' ? '' : end.output;
      const finding = showEnd(end, timeout);
      if (end.kind === 'exited') return { kind: end.code === 0 ? 'passed' : 'failed', finding, output };
      return { kind: end.kind === 'timed-out' ? 'timed-out' : 'unanswered', finding, output };
    },
  };
}

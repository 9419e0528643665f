import type { Clock } from '../ports.js';
import { runProcess, type ProcessRequest } from '../process/process.js';
import { showEnd } from '../process/show.js';
import type { Probe } from './probe.js';

/**
 * Asks by running a command, in a process group of its own that is ended whole at the timeout (`runProcess`). Exit code 0 passes,
 * any other fails. A command that does not start, or that a signal ended, has not answered.
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

import { RollcallError } from '../model/errors.js';
import type { CommandContext, Reload } from '../ports.js';
import { tell, type Probe } from '../probe/probe.js';

/** What a consumer is asked after a change: a reload asks once, a confirm asks until the answer is yes. */
export interface Question {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** How sentences about it begin; they quote a command. */
  readonly subject: string;
  readonly probe: (context: CommandContext) => Probe;
}

/**
 * A reload that asks once.
 *
 * @param timeout milliseconds.
 */
export function reloadBy({ describe, subject, probe }: Question, timeout: number): Reload {
  return {
    describe,
    async run(context, signal) {
      const result = await probe(context).attempt(timeout, signal);
      if (result.kind === 'passed') return;
      const code = result.kind === 'timed-out' ? 'RELOAD_TIMED_OUT' : 'RELOAD_FAILED';
      throw new RollcallError(code, `Reload: ${tell(subject, result, true)}`);
    },
  };
}

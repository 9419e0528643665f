import { RollcallError } from '../model/errors.js';
import type { CommandContext } from '../ports/check.js';
import type { Reload } from '../ports/reload.js';
import { describeResult, type Probe, type ProbeResult } from '../probe/probe.js';

/** A question to a consumer after a change. A reload asks once, a confirm asks until an attempt passes. */
export interface Question {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** The subject of sentences about the question: as `describe`, with a command in backticks. */
  readonly subject: string;
  /** A hint that fits a result better than that of the error code. Absent: there is none. */
  readonly advise?: (result: ProbeResult) => string | undefined;
  readonly probe: (context: CommandContext) => Probe;
}

/**
 * A reload that asks once.
 *
 * @param timeout milliseconds.
 */
export function reloadBy({ describe, subject, advise, probe }: Question, timeout: number): Reload {
  return {
    describe,
    async run(context, signal) {
      const result = await probe(context).attempt(timeout, signal);
      if (result.kind === 'passed') return;
      const code = result.kind === 'timed-out' ? 'RELOAD_TIMED_OUT' : 'RELOAD_FAILED';
      const hint = advise?.(result);
      throw new RollcallError(
        code,
        `Reload: ${describeResult(subject, result, true)}`,
        hint === undefined ? {} : { hint },
      );
    },
  };
}

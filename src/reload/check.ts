import type { Check } from '../ports.js';
import { describeResult } from '../probe/probe.js';
import { showCommand } from '../process/show.js';
import { createConsumerCommand } from './consumer-command.js';
import type { ReloadRuntime } from './runtime.js';
import { STAGED } from './staged.js';

export interface CheckOptions {
  /** Program and arguments. With `{staged}` in an argument, the check runs before the swap. */
  readonly command: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * A check by a command. Exit code 0 accepts the outputs, any other refuses them. A command that is absent, killed or too slow leaves the
 * check unanswered. The verdict holds the command's output.
 */
export function createCheck(options: CheckOptions, runtime: ReloadRuntime): Check {
  const staged = options.command.some((word) => word.includes(STAGED));
  return {
    staged,
    async run(context, signal) {
      if (staged && context.staged === undefined)
        return { kind: 'unanswered', reason: `no staged file for ${STAGED}`, output: '' };
      const argv = options.command.map((word) => word.replaceAll(STAGED, () => context.staged ?? ''));
      const result = await createConsumerCommand(argv, context, runtime).attempt(options.timeout, signal);
      if (result.kind === 'passed') return { kind: 'accepted' };
      return {
        kind: result.kind === 'failed' ? 'refused' : 'unanswered',
        reason: describeResult(`check \`${showCommand(argv)}\``, result),
        output: result.output,
      };
    },
  };
}

import type { Check } from '../ports.js';
import { tell } from '../probe/probe.js';
import { showCommand } from '../process/show.js';
import { createConsumerCommand } from './consumer-command.js';
import type { ReloadRuntime } from './runtime.js';
import { STAGED } from './staged.js';

export interface CheckOptions {
  /** Program and arguments. `{staged}` within an argument makes this a check before the swap. */
  readonly command: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * The consumer's verdict by exit code: 0 accepts, any other refuses, and a command that is absent, killed or too slow has
 * not answered. Its output comes with the verdict.
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
        reason: tell(`check \`${showCommand(argv)}\``, result),
        output: result.output,
      };
    },
  };
}

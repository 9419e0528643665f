import type { Check } from '../ports.js';
import { showCommand, showEnd } from '../process/show.js';
import { runCommand } from './run.js';
import type { ReloadRuntime } from './runtime.js';

/** In an argument of a check: the path of the one new file before the swap. */
export const STAGED = '{staged}';

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
      const end = await runCommand(argv, options.timeout, context, runtime, signal);
      if (end.kind === 'exited' && end.code === 0) return { kind: 'accepted' };
      return {
        kind: end.kind === 'exited' ? 'refused' : 'unanswered',
        reason: `check \`${showCommand(argv)}\` ${showEnd(end, options.timeout)}`,
        output: end.kind === 'not-started' ? '' : end.output,
      };
    },
  };
}

import { showCommand } from '../process/show.js';
import { adviseOnReload } from './advise.js';
import { createConsumerCommand } from './consumer-command.js';
import type { ReloadMaker } from './kind.js';
import { reloadBy, type Question } from './question.js';
import type { ReloadRuntime } from './runtime.js';

export interface CommandOptions {
  /** Program and arguments. Exit code 0 means success. */
  readonly command: readonly string[];
}

/** @param survives whether the command runs on when rollcall is killed */
export function askByCommand({ command }: CommandOptions, runtime: ReloadRuntime, survives = false): Question {
  const shown = showCommand(command);
  return {
    describe: `command ${shown}`,
    subject: `command \`${shown}\``,
    advise: (result) => adviseOnReload(command, result),
    probe: (context) => createConsumerCommand(command, context, runtime, { survives }),
  };
}

export const createReload: ReloadMaker<CommandOptions & { readonly timeout: number }> = (options, runtime) =>
  // A reload that is cut off could leave the consumer stopped, or half restarted.
  reloadBy(askByCommand(options, runtime, true), options.timeout);

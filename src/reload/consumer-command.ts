import { resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { CommandContext } from '../ports.js';
import { createCommandProbe } from '../probe/command.js';
import type { Probe } from '../probe/probe.js';
import { commandEnvironment } from './environment.js';
import { withFilesFrom } from './files-from.js';
import type { ReloadRuntime } from './runtime.js';

/**
 * Runs a command of the config for one change, in the config's directory. Its scrubbed environment names the list of changed outputs. If
 * that list cannot be written, the command is not run and the result is `unanswered`.
 */
export function createConsumerCommand(argv: readonly string[], context: CommandContext, runtime: ReloadRuntime): Probe {
  const { clock, environment, allowed, cwd, scratch } = runtime;
  const [program = '', ...args] = argv;
  const found = program.includes('/') ? resolve(cwd, program) : program;
  return {
    async attempt(timeout, signal) {
      try {
        return await withFilesFrom(context.outputs, scratch, (list) => {
          const env = commandEnvironment(environment, allowed, context, list);
          return createCommandProbe({ argv: [found, ...args], env, cwd }, clock).attempt(timeout, signal);
        });
      } catch (error) {
        signal.throwIfAborted();
        const finding = `did not start: the list of changed outputs could not be written: ${messageOf(error)}`;
        return { kind: 'unanswered', finding, output: '' };
      }
    },
  };
}

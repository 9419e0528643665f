import { resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { CommandContext } from '../ports.js';
import { commandEnvironment } from './environment.js';
import { withFilesFrom } from './files-from.js';
import { runProcess, type ProcessEnd } from '../process/process.js';
import type { ReloadRuntime } from './runtime.js';

/**
 * Runs a config's command for one change: scrubbed environment, list of outputs beside it, in the config's folder.
 *
 * @param timeout milliseconds.
 * @throws the signal's reason when it is aborted; nothing else.
 */
export async function runCommand(
  argv: readonly string[],
  timeout: number,
  context: CommandContext,
  runtime: ReloadRuntime,
  signal: AbortSignal,
): Promise<ProcessEnd> {
  const { environment, allowed, cwd, scratch } = runtime;
  const [program = '', ...args] = argv;
  const found = program.includes('/') ? resolve(cwd, program) : program;
  try {
    return await withFilesFrom(context.outputs, scratch, (path) => {
      const env = commandEnvironment(environment, allowed, context, path);
      return runProcess({ argv: [found, ...args], env, cwd, timeout }, runtime.clock, signal);
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'not-started', reason: `the list of changed outputs could not be written: ${messageOf(error)}` };
  }
}

import { resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { CommandContext } from '../ports/check.js';
import type { ProcessRequest } from '../process/process.js';
import { createCommandProbe } from '../probe/command.js';
import type { Probe, ProbeResult } from '../probe/probe.js';
import { commandEnvironment } from './environment.js';
import { withFilesFrom } from './files-from.js';
import { createIsolator, type Isolator } from './isolated.js';
import type { ReloadRuntime } from './runtime.js';

export interface ConsumerCommand extends Probe {
  /** The same, as `Isolator.attempt` describes. */
  readonly attemptIsolated: Isolator['attempt'];
}

/**
 * Runs a command of the config for one change, in the config's directory. Its scrubbed environment names the list of changed outputs. If
 * that list cannot be written, the command is not run and the result is `unanswered`.
 *
 * @param survives as in `ProcessRequest`
 */
export function createConsumerCommand(
  argv: readonly string[],
  context: CommandContext,
  runtime: ReloadRuntime,
  { survives = false } = {},
): ConsumerCommand {
  const { clock, environment, allowed, cwd, scratch } = runtime;
  const [program = '', ...args] = argv;
  const found = program.includes('/') ? resolve(cwd, program) : program;

  async function withRequest<R>(
    signal: AbortSignal,
    use: (request: Omit<ProcessRequest, 'timeout'>) => Promise<R>,
  ): Promise<R | ProbeResult> {
    try {
      return await withFilesFrom(context.outputs, scratch, (list) => {
        const env = commandEnvironment(environment, allowed, context, list);
        return use({ argv: [found, ...args], env, cwd, survives });
      });
    } catch (error) {
      signal.throwIfAborted();
      const finding = `did not start: the list of changed outputs could not be written: ${messageOf(error)}`;
      return { kind: 'unanswered', finding, output: '' };
    }
  }

  return {
    attempt: (timeout, signal) =>
      withRequest(signal, (request) => createCommandProbe(request, clock).attempt(timeout, signal)),
    attemptIsolated: (files, timeout, signal) =>
      withRequest(signal, (request) => createIsolator(request, scratch, clock).attempt(files, timeout, signal)),
  };
}

import { resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { CommandContext } from '../ports.js';
import { commandEnvironment } from './environment.js';
import { withFilesFrom } from './files-from.js';
import { runProcess, type ProcessEnd } from './process.js';
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

/** A command as one line for people: arguments that a shell would split are quoted; at most 200 characters. */
export function showCommand(argv: readonly string[]): string {
  const words = argv.map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const line = words.join(' ').replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Why a command did not succeed, to follow its name: `exited with 1`. */
export function showEnd(end: ProcessEnd, timeout: number): string {
  switch (end.kind) {
    case 'exited':
      return `exited with ${end.code}`;
    case 'killed':
      return `was ended by ${end.by}`;
    case 'timed-out':
      return end.code === null
        ? `did not end within ${timeout} ms, and its process group was ended`
        : `exited with ${end.code}, but something that it started held its output for ${timeout} ms and was ended`;
    case 'not-started':
      return `did not start: ${end.reason}`;
  }
}

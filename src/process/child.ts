import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { RollcallError } from '../model/errors.js';
import { explainStart } from './explain.js';

/** How a child ended: an exit code, or the signal that ended it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The one process that is supervised. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
  /** Sends it the signal. False when it has ended, or is another user's and may not be sent any. Never throws. */
  send(signal: NodeJS.Signals): boolean;
}

/** `CHILD_NOT_STARTED`, with the exit code that a shell has for it: 127 there is no such program, 126 it cannot be run. */
export class StartError extends RollcallError {
  readonly exitCode: 126 | 127;

  constructor(message: string, exitCode: 126 | 127, cause: unknown) {
    super('CHILD_NOT_STARTED', message, { cause });
    this.exitCode = exitCode;
  }
}

/**
 * Starts a program as a child: without a shell, with this process's standard streams, and in its process group. So the keys
 * of a terminal (^C, ^\, ^Z) reach both, the child may read from the terminal, and a signal that is sent to this process
 * alone reaches the child only through `send`. It may start processes of its own; those are its own to end.
 *
 * @param options.env the whole environment. A program without a slash is looked up in its PATH.
 * @param options.cwd default: this process's.
 * @throws StartError when it does not start
 */
export async function startChild(
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): Promise<Child> {
  const [program = '', ...args] = argv;
  const { env, cwd = '.' } = options;
  try {
    const child = spawn(program, args, { env, cwd, stdio: 'inherit' });
    const ended = new Promise<ChildEnd>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => {
        resolve(child.pid ?? NaN);
      });
      child.once('error', reject);
    });
    // From now on it can only come from `kill`, which then returns false.
    child.on('error', () => undefined);
    return { pid, ended, send: (signal) => child.kill(signal) };
  } catch (error) {
    const { absent, reason } = await explainStart(error as NodeJS.ErrnoException, program, { cwd, env });
    throw new StartError(`The command did not start: ${reason}`, absent ? 127 : 126, error);
  }
}

/** The exit code that a shell has for it: its own, or 128 and the number of the signal. */
export function exitCodeOf({ code, signal }: ChildEnd): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { RollcallError } from '../model/errors.js';
import { explainStart } from './explain.js';

/** The end of a child: its exit code, or the signal that ended it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A supervised process. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
  /** Sends the signal to the child. False: the child has ended, or runs as another user and cannot be signalled. Never throws. */
  send(signal: NodeJS.Signals): boolean;
}

/** `CHILD_NOT_STARTED`, with the exit code that a shell uses: 127 if there is no such program, 126 if it cannot be run. */
export class StartError extends RollcallError {
  readonly exitCode: 126 | 127;

  constructor(message: string, exitCode: 126 | 127, cause: unknown) {
    super('CHILD_NOT_STARTED', message, { cause });
    this.exitCode = exitCode;
  }
}

/**
 * Starts a program as a child: without a shell, with this process's standard streams, and in this process's group. So the keys of a
 * terminal (^C, ^\, ^Z) reach both, and the child may read from the terminal. A signal that is sent to this process alone reaches the
 * child only through `send`. The child itself must end the processes that it starts.
 *
 * @param options.env the whole environment of the child. A program without a slash is looked up in its PATH.
 * @param options.cwd default: this process's working directory.
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
    // From now on only a failed `kill` emits 'error', and `kill` also returns false then.
    child.on('error', () => undefined);
    return { pid, ended, send: (signal) => child.kill(signal) };
  } catch (error) {
    const { absent, reason } = await explainStart(error as NodeJS.ErrnoException, program, { cwd, env });
    throw new StartError(`The command did not start: ${reason}`, absent ? 127 : 126, error);
  }
}

/** The exit code that a shell reports for this end: the child's own code, or 128 plus the number of the signal. */
export function exitCodeOf({ code, signal }: ChildEnd): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

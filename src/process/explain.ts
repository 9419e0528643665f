import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Why a program did not start. `absent`: there is no such program. Otherwise the program exists and cannot be run. */
export interface StartProblem {
  readonly absent: boolean;
  /** One clause for people. */
  readonly reason: string;
}

/**
 * Explains an error of `spawn`.
 *
 * @param program as given to `spawn`: a path if it has a slash, otherwise a name that was looked up in `env.PATH`.
 */
export async function explainStart(
  error: NodeJS.ErrnoException,
  program: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<StartProblem> {
  if (error.code === 'ENOENT') {
    // The system reports ENOENT for a missing program, a missing interpreter and a missing working directory alike.
    if (!(await exists(options.cwd)))
      return { absent: false, reason: `its working directory ${options.cwd} does not exist` };
    if (!program.includes('/'))
      return { absent: true, reason: `${program} is not in PATH (${options.env.PATH ?? 'which is not set'})` };
    if (!(await exists(resolve(options.cwd, program)))) return { absent: true, reason: `${program} does not exist` };
    return { absent: false, reason: `the interpreter that the first line of ${program} names does not exist` };
  }
  if (error.code === 'EACCES')
    return { absent: false, reason: `${program} may not be run: permission denied, or it is not executable` };
  return { absent: false, reason: `${program} could not be started: ${error.message}` };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Why a program did not start. `absent`: there is no such program; otherwise it is there and cannot be run. */
export interface StartProblem {
  readonly absent: boolean;
  /** One clause for people. */
  readonly reason: string;
}

/**
 * What an error of `spawn` means.
 *
 * @param program as it was asked for: with a slash a path, otherwise a name that was looked up in `env.PATH`.
 */
export async function explainStart(
  error: NodeJS.ErrnoException,
  program: string,
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<StartProblem> {
  if (error.code === 'ENOENT') {
    // The system says ENOENT of the program, its interpreter and the folder alike.
    if (!(await exists(place.cwd)))
      return { absent: false, reason: `the folder ${place.cwd}, in which it runs, does not exist` };
    if (!program.includes('/'))
      return { absent: true, reason: `${program} is not in PATH (${place.env.PATH ?? 'which is not set'})` };
    if (!(await exists(resolve(place.cwd, program)))) return { absent: true, reason: `${program} does not exist` };
    return { absent: false, reason: `the interpreter that the first line of ${program} names does not exist` };
  }
  if (error.code === 'EACCES')
    return { absent: false, reason: `${program} may not be run: permission denied, or it is not executable` };
  return { absent: false, reason: `${program} could not be started: ${error.message}` };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

import { messageOf, RollcallError } from './errors.js';
import type { Problem } from './status.js';

/** A thrown value as a status shows it: as in the log, without a stack. */
export function describeProblem(error: unknown): Problem {
  const message = messageOf(error);
  return error instanceof RollcallError ? { code: error.code, message, hint: error.hint } : { message };
}

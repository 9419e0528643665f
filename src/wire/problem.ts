import { messageOf, RollcallError } from '../model/errors.js';

/** What a log line says of a failure. */
export function problemOf(error: unknown): object {
  if (error instanceof RollcallError) return { error: error.message, code: error.code, hint: error.hint };
  return { error: messageOf(error), ...(error instanceof Error && { stack: error.stack }) };
}

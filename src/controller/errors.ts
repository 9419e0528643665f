import { RollcallError, type ErrorCode } from '../model/errors.js';

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The consumer's check refused the new outputs: a retry with the same outputs cannot help. */
export function isRefusal(error: Error): boolean {
  return error instanceof RollcallError && error.code === 'CHECK_REFUSED';
}

const unvouched: ReadonlySet<string> = new Set<ErrorCode>(['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED']);

/** After this error the outputs in place may be outputs that the consumer's check does not accept. */
export function leavesOutputsInDoubt(error: Error): boolean {
  return error instanceof RollcallError && unvouched.has(error.code);
}

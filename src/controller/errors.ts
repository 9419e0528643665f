import { RollcallError, type ErrorCode } from '../model/errors.js';

/** A thrown value as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The consumer's check refused the new outputs: a retry with the same outputs cannot help. */
export function isRefusal(error: Error): boolean {
  return error instanceof RollcallError && error.code === 'CHECK_REFUSED';
}

const doubtful: ReadonlySet<string> = new Set<ErrorCode>(['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED']);

/** True for an error after which the outputs in place may be ones that the consumer's check does not accept. */
export function leavesOutputsInDoubt(error: Error): boolean {
  return error instanceof RollcallError && doubtful.has(error.code);
}

const outages: ReadonlySet<string> = new Set<ErrorCode>(['ETCD_UNREACHABLE', 'KUBE_UNREACHABLE']);

/** The error of a server that cannot be reached, if it is this one or its cause. */
export function findOutage(error: unknown): RollcallError | undefined {
  // The cause of a failed undo, of a failed reload, and of both together.
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++)
    if (each instanceof RollcallError && outages.has(each.code)) return each;
  return undefined;
}

import { messageOf, RollcallError, type ErrorCode } from '../model/errors.js';

const usage: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CONFIG_NOT_FOUND', 'CONFIG_INVALID', 'TEMPLATE_INVALID']);

/** Says on standard error what went wrong and what to do, and returns the exit code: 2 for a wrong config, 1 otherwise. */
export function fail(error: unknown): 1 | 2 {
  process.stderr.write(`rollcall: ${messageOf(error)}\n`);
  if (!(error instanceof RollcallError)) {
    if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
    return 1;
  }
  process.stderr.write(`  ${error.hint} (${error.code})\n`);
  return usage.has(error.code) ? 2 : 1;
}

import { ConfigError } from '../config/problem.js';
import { RollcallError, type ErrorCode } from '../model/errors.js';
import { TemplateError } from '../render/problem.js';
import { printableLines } from './terminal/escape.js';

const usage: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_NOT_FOUND',
  'CONFIG_INVALID',
  'TEMPLATE_INVALID',
  'REGISTRATION_INVALID',
  'STATE_UNREADABLE',
  'ADMIN_UNREACHABLE',
  'ADMIN_REFUSED',
  'TARGET_UNKNOWN',
]);

/** The exit code of an error: 2 for a wrong config, template or registration, an unreadable stateDir, and a running process that cannot be asked, 1 for any other failure. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof RollcallError && usage.has(error.code) ? 2 : 1;
}

/** Prints the error and its hint to standard error, and returns the exit code. */
export function fail(error: unknown): 1 | 2 {
  process.stderr.write(printableLines(describe(error)));
  return exitCodeOf(error);
}

function describe(error: unknown): string {
  if (!(error instanceof RollcallError)) {
    return `rollcall: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
  }
  const { message, hint, code } = error;
  // `file:line:column` stands at the beginning of its line, where editors look for it.
  if (error instanceof ConfigError || error instanceof TemplateError)
    return `${message}\nrollcall: ${hint} (${code})\n`;
  return `rollcall: ${message}\n  ${hint} (${code})\n`;
}

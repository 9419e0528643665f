import { DeadlineError, withDeadline } from '../model/deadline.js';
import { rootMessageOf } from '../model/errors.js';
import type { Clock } from '../ports/runtime.js';

/**
 * The result of one attempt.
 *
 * - `passed`: the answer is the expected one.
 * - `failed`: the answer is another one.
 * - `unanswered`: there is no answer: nothing listens, the command does not start or is killed, the connection breaks.
 * - `timed-out`: there was no answer within the timeout.
 */
export interface ProbeResult {
  readonly kind: 'passed' | 'failed' | 'unanswered' | 'timed-out';
  /** A predicate whose subject is the probed command or address: `answered 503`. It holds nothing of the output. */
  readonly finding: string;
  /** The text that was printed or sent back: of bounded length, without control characters and known secrets. '' for nothing. */
  readonly output: string;
}

/** Asks a program or a service by a command, an HTTP request or a TCP connection, as often as needed. */
export interface Probe {
  /**
   * Asks once. Attempts do not disturb each other. When the promise settles, the attempt's process group has ended and its connection is
   * being closed.
   *
   * @param timeout milliseconds.
   * @throws the reason of `signal` when that aborts; nothing else.
   */
  attempt(timeout: number, signal: AbortSignal): Promise<ProbeResult>;
}

/** A sentence about one result: `asked` (such as `GET http://127.0.0.1/`) and the finding, followed by the output if `withOutput`. */
export function describeResult(asked: string, { finding, output }: ProbeResult, withOutput = false): string {
  return `${asked} ${finding}${withOutput && output !== '' ? `: ${output}` : ''}`;
}

/** The name of an HTTP request in messages. It leaves out the query of the address, which may hold a token. */
export function nameRequest(method: string, { origin, pathname }: URL): string {
  return `${method} ${origin}${pathname}`;
}

/**
 * Runs `ask` as one attempt. It must end soon after its signal aborts. An error and a timeout become results.
 *
 * @param timeout milliseconds.
 * @throws the reason of `signal` when that aborts.
 */
export async function attemptWithin(
  timeout: number,
  clock: Clock,
  signal: AbortSignal,
  ask: (limit: AbortSignal) => Promise<ProbeResult>,
): Promise<ProbeResult> {
  try {
    return await withDeadline({ timeout, clock, signals: [signal] }, ask);
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof DeadlineError
      ? { kind: 'timed-out', finding: `did not answer within ${timeout} ms`, output: '' }
      : // The message of a connection error says little. Its root cause has the reason, also where several addresses failed.
        { kind: 'unanswered', finding: `failed: ${rootMessageOf(error)}`, output: '' };
  }
}

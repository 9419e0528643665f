import { DeadlineError, withDeadline } from '../model/deadline.js';
import { rootMessageOf } from '../model/errors.js';
import type { Clock } from '../ports.js';

/**
 * What one attempt found.
 *
 * - `passed`: the answer is the one that was wanted.
 * - `failed`: the answer is another one.
 * - `unanswered`: there is no answer: nothing listens, the command does not start or is killed, the connection breaks.
 * - `timed-out`: there was no answer within the timeout.
 */
export interface ProbeResult {
  readonly kind: 'passed' | 'failed' | 'unanswered' | 'timed-out';
  /** One clause, to follow the name of what was asked: `answered 503`. It repeats nothing that was printed or sent back. */
  readonly finding: string;
  /** What was printed or sent back, bounded and clean, without known secrets; '' for nothing. */
  readonly output: string;
}

/** One way to ask something, as often as needed: by a command, by an HTTP request, by a TCP connection. */
export interface Probe {
  /**
   * Asks once. Attempts do not disturb each other. An attempt ends what it began: the process group has ended when this resolves or
   * rejects, and the connection is being closed.
   *
   * @param timeout milliseconds.
   * @throws the reason of `signal` when that aborts; nothing else.
   */
  attempt(timeout: number, signal: AbortSignal): Promise<ProbeResult>;
}

/** A sentence of one result: what was asked (`GET http://127.0.0.1/`), and what came of it. With what it printed, if wanted. */
export function tell(asked: string, { finding, output }: ProbeResult, withOutput = false): string {
  return `${asked} ${finding}${withOutput && output !== '' ? `: ${output}` : ''}`;
}

/** How an HTTP request is called in sentences: without the query of the address, which may hold a token. */
export function nameRequest(method: string, { origin, pathname }: URL): string {
  return `${method} ${origin}${pathname}`;
}

/**
 * One attempt by `ask`, which must end soon after its signal aborts. An error and a timeout become results.
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
      : // Errors of connections say little themselves; the reason is their cause, which for several addresses is a list.
        { kind: 'unanswered', finding: `failed: ${rootMessageOf(error)}`, output: '' };
  }
}

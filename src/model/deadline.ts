/** The part of a clock that a deadline needs: see `Clock.sleep`. It is passed in so that tests can hold time. */
export interface Sleeper {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The time was over. `timeout` is in milliseconds. */
export class DeadlineError extends Error {
  readonly timeout: number;

  constructor(timeout: number) {
    super(`not done within ${timeout} ms`);
    this.name = 'DeadlineError';
    this.timeout = timeout;
  }
}

export interface Deadline {
  /** Milliseconds; any number, `Infinity` for no limit. */
  readonly timeout: number;
  readonly clock: Sleeper;
  /** Those of the caller. The first that aborts ends the work with its own reason. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** Makes the error of the timeout, at the moment when the time is over. Default: a `DeadlineError`. */
  readonly late?: () => Error;
}

/**
 * Runs `work` with a deadline. The signal that `work` gets aborts at the deadline, with the error of `late` as its reason, or
 * when a signal of the caller aborts, with the same reason. `work` must end soon after that, and is always waited for, so
 * nothing of it runs on; wrap a promise that knows no signal in `orAbort`. No listener and no timer is left behind.
 *
 * @returns what `work` resolves to, even when the signal aborted meanwhile.
 * @throws the reason of its signal, when `work` rejects after that aborted: the caller's own reason, or the error of `late`.
 *   Otherwise what `work` rejects with. When a signal of the caller is aborted already, its reason, and `work` is not called.
 */
export async function withDeadline<T>(
  { timeout, clock, signals = [], late = () => new DeadlineError(timeout) }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (const signal of signals) signal?.throwIfAborted();
  const limit = new AbortController();
  const over = new AbortController();
  const removers = signals.flatMap((signal) => (signal === undefined ? [] : [forward(signal, limit)]));
  if (timeout < Infinity)
    void sleepLong(timeout, clock, over.signal).then(() => {
      if (!over.signal.aborted && !limit.signal.aborted) limit.abort(late());
    });
  try {
    return await work(limit.signal);
  } catch (error) {
    limit.signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    for (const remove of removers) remove();
  }
}

/**
 * The outcome of a promise that knows no signal, as long as the signal has not aborted. What the promise stands for is not ended,
 * and its later rejection is dropped.
 *
 * @throws the reason of the signal when that aborts first; otherwise what the promise rejects with.
 */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      // The reason is passed on as it is: a caller may abort with any value.
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** @returns removes the listener. */
function forward(from: AbortSignal, to: AbortController): () => void {
  const abort = (): void => {
    to.abort(from.reason);
  };
  from.addEventListener('abort', abort, { once: true });
  return () => {
    from.removeEventListener('abort', abort);
  };
}

/** The longest that the timers of Node.js take (https://nodejs.org/docs/latest-v20.x/api/timers.html). */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

async function sleepLong(ms: number, clock: Sleeper, signal: AbortSignal): Promise<void> {
  for (let left = ms; !signal.aborted; left -= LONGEST_SLEEP_MS) {
    await clock.sleep(Math.min(left, LONGEST_SLEEP_MS), signal);
    if (left <= LONGEST_SLEEP_MS) return;
  }
}

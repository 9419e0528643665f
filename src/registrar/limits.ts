import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports.js';
import { asError } from './failures.js';

export interface LimitsOptions {
  /** Milliseconds; Infinity: no limit. */
  readonly timeout: number;
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly clock: Clock;
  /** The error for an expired timeout. */
  readonly timeoutError: () => Error;
}

/** Limits how long a caller waits. */
export interface Limits {
  /** @throws the reason of the signal that aborts, or `late()`, when one of them comes before the promise */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Stops the timer and the listeners. */
  end(): void;
}

export function createLimits({ timeout, signals, clock, timeoutError: late }: LimitsOptions): Limits {
  const done = new AbortController();
  const stopped = new Promise<never>((_resolve, reject) => {
    for (const signal of signals) {
      const stop = (): void => {
        reject(asError(signal?.reason));
      };
      if (signal === undefined) continue;
      if (signal.aborted) stop();
      // Many registrations may wait on one signal. Without this, Node would print a warning of a listener leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', stop, { once: true, signal: done.signal });
    }
    if (timeout === Infinity) return;
    void clock.sleep(timeout, done.signal).then(() => {
      reject(late());
    });
  });
  // The promise may reject when no `race` is waiting.
  stopped.catch(() => undefined);
  return {
    race: (promise) => Promise.race([promise, stopped]),
    end() {
      done.abort();
    },
  };
}

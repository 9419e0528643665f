import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports.js';
import { asError } from './failures.js';

export interface LimitsOptions {
  /** Milliseconds; Infinity: for ever. */
  readonly timeout: number;
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly clock: Clock;
  /** What to say when the time is over. */
  readonly late: () => Error;
}

/** How long the caller waits. */
export interface Limits {
  /** @throws the reason of the signal that aborts, or `late()`, when that comes first */
  race<T>(promise: Promise<T>): Promise<T>;
  end(): void;
}

export function createLimits({ timeout, signals, clock, late }: LimitsOptions): Limits {
  const done = new AbortController();
  const stopped = new Promise<never>((_resolve, reject) => {
    for (const signal of signals) {
      const stop = (): void => {
        reject(asError(signal?.reason));
      };
      if (signal === undefined) continue;
      if (signal.aborted) stop();
      // How many wait at once is no leak, and Node's warning of one would be a line on somebody's terminal.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', stop, { once: true, signal: done.signal });
    }
    if (timeout === Infinity) return;
    void clock.sleep(timeout, done.signal).then(() => {
      reject(late());
    });
  });
  // Nobody may be waiting when it comes to that.
  stopped.catch(() => undefined);
  return {
    race: (promise) => Promise.race([promise, stopped]),
    end() {
      done.abort();
    },
  };
}

import type { Clock, Log } from '../../ports/runtime.js';

/** Requests for another list of one source. */
export interface ListRequests {
  /** Asks for a list. `act` is called when it is due. */
  readonly add: () => void;
  /** Whether a list is due. The next call says no. */
  take(): boolean;
}

export interface ListRequestsDeps {
  /** Milliseconds between two lists that were asked for. */
  readonly relistEvery: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Merges requests for a list, and keeps the lists apart. */
export function mergeRequests(
  { relistEvery, clock, log }: ListRequestsDeps,
  signal: AbortSignal,
  act: () => void,
): ListRequests {
  let last = -Infinity;
  let isWaiting = false;
  let isDue = false;
  return {
    add() {
      if (isWaiting || signal.aborted) return;
      isWaiting = true;
      const pause = Math.max(0, last + relistEvery - clock.now());
      void clock.sleep(pause, signal).then(() => {
        isWaiting = false;
        last = clock.now();
        if (signal.aborted) return;
        log.debug({}, 'listing again on request');
        isDue = true;
        act();
      });
    },
    take() {
      const was = isDue;
      isDue = false;
      return was;
    },
  };
}

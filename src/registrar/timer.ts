import type { Clock } from '../ports/runtime.js';

/** A sleep that another caller can end early. */
export interface Timer {
  /** Resolves after `ms`, or at `wake`, also when `wake` was called since the last sleep. True: `wake` ended it. */
  sleep(ms: number): Promise<boolean>;
  wake(): void;
}

export function createTimer(clock: Clock): Timer {
  let wakeup = new AbortController();
  return {
    async sleep(ms) {
      await clock.sleep(ms, wakeup.signal);
      const woken = wakeup.signal.aborted;
      if (woken) wakeup = new AbortController();
      return woken;
    },
    wake() {
      wakeup.abort();
    },
  };
}

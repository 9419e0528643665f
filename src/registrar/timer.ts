import type { Clock } from '../ports.js';

/** A sleep that others can end. */
export interface Timer {
  /** Resolves after `ms`, or when it is rung, also if that was since the last sleep. True: it was rung. */
  sleep(ms: number): Promise<boolean>;
  ring(): void;
}

export function createTimer(clock: Clock): Timer {
  let ringing = new AbortController();
  return {
    async sleep(ms) {
      await clock.sleep(ms, ringing.signal);
      const rung = ringing.signal.aborted;
      if (rung) ringing = new AbortController();
      return rung;
    },
    ring() {
      ringing.abort();
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports.js';

/** The machine's time. */
export const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};

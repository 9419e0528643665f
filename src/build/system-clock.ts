import type { Clock } from '../ports/runtime.js';
import { monotonic, readBootId } from '../process/proc.js';

/** The clock of this machine. */
export const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  boot: () => ({ id: readBootId(), now: monotonic() }),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    }),
};

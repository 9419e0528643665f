import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `isDone` every `every` ms and returns the milliseconds until it is true; undefined after `deadline` ms. */
export async function until(isDone, deadline, every = 5) {
  const from = performance.now();
  for (;;) {
    if (await isDone()) return performance.now() - from;
    if (performance.now() - from > deadline) return undefined;
    await sleep(every);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds until `isDone`, asked every `every` ms; undefined after `deadline` ms. */
export async function until(isDone, deadline, every = 5) {
  const from = performance.now();
  for (;;) {
    if (await isDone()) return performance.now() - from;
    if (performance.now() - from > deadline) return undefined;
    await sleep(every);
  }
}

/** The value that the share `q` of the samples does not exceed. */
export function percentile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

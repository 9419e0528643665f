import { createHistogram, observe } from '../model/histogram.js';
import type { QueueMeasures } from '../model/measures.js';
import type { Clock } from '../ports/runtime.js';

/** Takes down what happens to the names in a queue. Each call costs a few additions and one look at the clock. */
export interface QueueRecorder {
  /** The name was added, and was not in the queue before. */
  added(name: string): void;
  /** The name left the queue without being processed. */
  dropped(name: string): void;
  began(name: string): void;
  ended(name: string): void;
  /** The name will be added again after a delay. */
  retried(): void;
  read(): QueueMeasures;
}

/** Those of client-go (k8s.io/component-base, `metrics/prometheus/workqueue`): 10 ns to 1000 s, by powers of ten. */
const bounds = Array.from({ length: 12 }, (_, power) => Number(`1e${power - 8}`));

export function createQueueRecorder(clock: Pick<Clock, 'now'>): QueueRecorder {
  const [queued, worked] = [createHistogram(bounds), createHistogram(bounds)];
  const addedAt = new Map<string, number>();
  const beganAt = new Map<string, number>();
  let [adds, retries] = [0, 0];

  return {
    added(name) {
      adds += 1;
      addedAt.set(name, clock.now());
    },
    dropped(name) {
      addedAt.delete(name);
    },
    began(name) {
      const now = clock.now();
      observe(queued, (now - (addedAt.get(name) ?? now)) / 1000);
      addedAt.delete(name);
      beganAt.set(name, now);
    },
    ended(name) {
      const now = clock.now();
      observe(worked, (now - (beganAt.get(name) ?? now)) / 1000);
      beganAt.delete(name);
    },
    retried() {
      retries += 1;
    },
    read() {
      const now = clock.now();
      const unfinished = Array.from(beganAt.values(), (at) => Math.max(0, now - at) / 1000);
      return {
        ...{ depth: addedAt.size, adds, retries, queued, worked },
        unfinishedSeconds: unfinished.reduce((sum, seconds) => sum + seconds, 0),
        longestSeconds: Math.max(0, ...unfinished),
      };
    },
  };
}

import { randomBytes } from 'node:crypto';
import type { HappenedEvent, ProcessEvent } from '../model/process-event.js';
import { showTime } from '../model/show-time.js';
import type { EventFeed } from '../ports/running-process.js';
import type { Clock } from '../ports/runtime.js';

/** Events that are kept for listeners that connect later. */
const mostEvents = 512;

export interface WritableEventFeed extends EventFeed {
  emit(event: HappenedEvent): void;
}

/** A feed that keeps the last events. @param most how many */
export function createEventFeed(clock: Pick<Clock, 'wall'>, most = mostEvents): WritableEventFeed {
  // An id of an earlier process must not look like one of this process.
  const run = randomBytes(6).toString('hex');
  const listeners = new Set<(event: ProcessEvent) => void>();
  // The event of number N stands at N % most.
  const kept: ProcessEvent[] = [];
  let count = 0;

  const from = (first: number): ProcessEvent[] =>
    Array.from({ length: count - first + 1 }, (_, index) => kept[(first + index) % most]).filter(
      (event) => event !== undefined,
    );

  return {
    emit(happened) {
      count += 1;
      const event: ProcessEvent = Object.freeze({ ...happened, id: `${run}-${count}`, at: showTime(clock.wall()) });
      kept[count % most] = event;
      for (const listener of listeners) listener(event);
    },
    after(id) {
      const oldest = Math.max(1, count - most + 1);
      if (id === undefined) return from(oldest);
      const [, ofRun, digits = ''] = /^([0-9a-f]{12})-(\d{1,15})$/.exec(id) ?? [];
      const number = Number(digits);
      if (ofRun !== run || number < oldest - 1 || number > count) return undefined;
      return from(number + 1);
    },
    subscribe(listener) {
      // A listener of its own for each call: the same function may be given twice.
      const own = (event: ProcessEvent): void => {
        listener(event);
      };
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}

import type { QueueMeasures } from '../model/measures.js';
import { whenAborted } from '../model/when-aborted.js';
import type { Clock } from '../ports/runtime.js';
import { createQueueRecorder } from './queue-measures.js';

/** Milliseconds until a name is processed again without being added. Undefined: it is not. */
export type RequeueDelay = number | undefined;

export interface Queue {
  /** Processes the name as soon as it is not being processed; a delay that it waits for ends. Many adds become one. */
  add(name: string): void;
  /** Whether the name waits to be processed, and not for a delay: a further `add` would change nothing. */
  has(name: string): boolean;
  /** Drops the name, with the delay that it waits for, until it is added again. Resolves when it is no longer being processed. */
  remove(name: string): Promise<void>;
  /** What was counted since the queue was created. */
  measure(): QueueMeasures;
  /** Resolves when `signal` has aborted and the running calls of `process` have ended. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * A queue of names, not of events: `process` reads the latest snapshot when it runs. One name is never processed twice at the same time;
 * different names are processed concurrently. Names added before `run` wait for it.
 *
 * @param process its result schedules the name again, unless the name is added first
 * @param broken called when `process` rejects: a fault in one name must not end the others. Its result is used in the same way
 * @param pause awaited after each `process`, before the name can be processed again: all adds during the pause become one
 */
export function createQueue(
  clock: Clock,
  process: (name: string, signal: AbortSignal) => Promise<RequeueDelay>,
  broken: (name: string, error: unknown) => RequeueDelay,
  pause: () => Promise<void>,
): Queue {
  const queued = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, AbortController>();
  const removed = new Set<string>();
  const recorder = createQueueRecorder(clock);
  let stop: AbortSignal | undefined;

  async function work(name: string, signal: AbortSignal): Promise<void> {
    let again: RequeueDelay;
    while (queued.delete(name) && !signal.aborted) {
      recorder.began(name);
      again = await process(name, signal).catch((error: unknown) => broken(name, error));
      recorder.ended(name);
      await pause();
    }
    running.delete(name);
    if (again !== undefined && !signal.aborted && !removed.has(name)) wait(name, again, signal);
  }

  function wait(name: string, ms: number, signal: AbortSignal): void {
    recorder.retried();
    const woken = new AbortController();
    waiting.set(name, woken);
    void clock.sleep(ms, woken.signal).then(() => {
      if (waiting.get(name) !== woken || signal.aborted) return;
      add(name);
    });
  }

  function add(name: string): void {
    if (!queued.has(name)) recorder.added(name);
    queued.add(name);
    if (!stop || stop.aborted || running.has(name)) return;
    const woken = waiting.get(name);
    waiting.delete(name);
    running.set(
      name,
      work(name, stop).finally(() => {
        // After the work, because an abort takes a tenth of a millisecond, which is much compared with a pass.
        woken?.abort();
      }),
    );
  }

  return {
    add,
    has: (name) => queued.has(name),
    measure: () => recorder.read(),
    async remove(name) {
      if (queued.delete(name)) recorder.dropped(name);
      waiting.get(name)?.abort();
      waiting.delete(name);
      removed.add(name);
      await running.get(name);
      removed.delete(name);
    },
    async run(signal) {
      stop = signal;
      for (const name of [...queued]) add(name);
      await whenAborted(signal);
      for (const woken of waiting.values()) woken.abort();
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}

import type { Clock } from '../ports.js';

/** When a name wants to be processed again by itself: milliseconds from now, or not at all. */
export type Again = number | undefined;

export interface Queue {
  /** Process the name as soon as it is free, whatever delay it was waiting for. Many adds are one. */
  add(name: string): void;
  /** Drops the name, with the delay that it waits for, until it is added again. Resolves when it is not being processed any more. */
  remove(name: string): Promise<void>;
  /** Resolves when `signal` has aborted and what was running has ended. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * A queue of names, never of events: what happened is read from the snapshot when the name's turn comes. One name is
 * never processed twice at once; different names are processed side by side. Names added before `run` wait for it.
 *
 * @param process what it returns schedules the name anew unless something adds it first
 * @param broken asked instead when `process` rejects: one name's fault must not end the others
 * @param pause awaited after each time that a name was processed, before it can be its turn again: what is added meanwhile is one
 */
export function createQueue(
  clock: Clock,
  process: (name: string, signal: AbortSignal) => Promise<Again>,
  broken: (name: string, error: unknown) => Again,
  pause: () => Promise<void>,
): Queue {
  const wanted = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, AbortController>();
  const removed = new Set<string>();
  let stop: AbortSignal | undefined;

  async function work(name: string, signal: AbortSignal): Promise<void> {
    let again: Again;
    while (wanted.delete(name) && !signal.aborted) {
      again = await process(name, signal).catch((error: unknown) => broken(name, error));
      await pause();
    }
    running.delete(name);
    if (again !== undefined && !signal.aborted && !removed.has(name)) wait(name, again, signal);
  }

  function wait(name: string, ms: number, signal: AbortSignal): void {
    const woken = new AbortController();
    waiting.set(name, woken);
    void clock.sleep(ms, AbortSignal.any([woken.signal, signal])).then(() => {
      if (waiting.get(name) !== woken || signal.aborted) return;
      add(name);
    });
  }

  function add(name: string): void {
    wanted.add(name);
    if (!stop || stop.aborted || running.has(name)) return;
    const woken = waiting.get(name);
    waiting.delete(name);
    running.set(
      name,
      work(name, stop).finally(() => {
        // Only now: an abort takes a tenth of a millisecond, which is much of a pass.
        woken?.abort();
      }),
    );
  }

  return {
    add,
    async remove(name) {
      wanted.delete(name);
      waiting.get(name)?.abort();
      waiting.delete(name);
      removed.add(name);
      await running.get(name);
      removed.delete(name);
    },
    async run(signal) {
      stop = signal;
      for (const name of [...wanted]) add(name);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else
          signal.addEventListener(
            'abort',
            () => {
              resolve();
            },
            { once: true },
          );
      });
      await Promise.all(running.values());
    },
  };
}

import { changeBetween, type LiveSetState, type SetChange } from './change.js';

/** The async iterators over the changes of one live set. */
export interface ChangeIterators {
  /** A new iterator: it yields every later change. */
  iterate(): AsyncIterableIterator<SetChange>;
  /** Called when the state may have changed. */
  wake(): void;
  /** Ends every iteration. */
  end(): void;
}

/**
 * Each iterator remembers the last state that it has yielded, and yields the difference to the current state. A slow iterator gets merged
 * changes, so it needs no queue. An iterator that its reader has abandoned can be collected as garbage.
 *
 * @param now returns the current state
 */
export function createChangeIterators(now: () => LiveSetState): ChangeIterators {
  const waiting = new Set<() => void>();
  let ended = false;

  function iterate(): AsyncIterableIterator<SetChange> {
    const pending = new Set<() => void>();
    let last = now();
    let returned = false;
    // Calls of `next` are answered one after another, as generators do.
    let previous: Promise<unknown> = Promise.resolve();

    async function answer(): Promise<IteratorResult<SetChange>> {
      for (;;) {
        if (returned || ended) return { done: true, value: undefined };
        const latest = now();
        const change = changeBetween(last, latest);
        last = latest;
        if (change !== undefined) return { done: false, value: change };
        await new Promise<void>((resolve) => {
          const resume = (): void => {
            waiting.delete(resume);
            pending.delete(resume);
            resolve();
          };
          waiting.add(resume);
          pending.add(resume);
        });
      }
    }

    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next() {
        const answered = previous.then(answer);
        previous = answered;
        return answered;
      },
      return() {
        returned = true;
        for (const resume of pending) resume();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  const wake = (): void => {
    for (const resume of waiting) resume();
  };
  return {
    iterate,
    wake,
    end() {
      ended = true;
      wake();
    },
  };
}

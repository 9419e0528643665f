import { changeBetween, type LiveSetState, type SetChange } from './change.js';

/** Those who iterate over what changes. */
export interface ChangeIterators {
  /** From now on. */
  iterate(): AsyncIterableIterator<SetChange>;
  /** There may be something new. */
  wake(): void;
  /** Ends every iteration. */
  end(): void;
}

/**
 * A reader remembers the moment that it has been told of, and is told what leads from there to now: what it is too slow for is merged,
 * and costs no memory. One that nobody asks any more is held by nobody.
 *
 * @param now the latest moment
 */
export function createChangeIterators(now: () => LiveSetState): ChangeIterators {
  const waiting = new Set<() => void>();
  let ended = false;

  function read(): AsyncIterableIterator<SetChange> {
    const own = new Set<() => void>();
    let seen = now();
    let left = false;
    // Questions are answered one after another, as generators do.
    let turn: Promise<unknown> = Promise.resolve();

    async function answer(): Promise<IteratorResult<SetChange>> {
      for (;;) {
        if (left || ended) return { done: true, value: undefined };
        const latest = now();
        const change = changeBetween(seen, latest);
        seen = latest;
        if (change !== undefined) return { done: false, value: change };
        await new Promise<void>((resolve) => {
          const go = (): void => {
            waiting.delete(go);
            own.delete(go);
            resolve();
          };
          waiting.add(go);
          own.add(go);
        });
      }
    }

    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next() {
        const answered = turn.then(answer);
        turn = answered;
        return answered;
      },
      return() {
        left = true;
        for (const go of own) go();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  const wake = (): void => {
    for (const go of waiting) go();
  };
  return {
    iterate: read,
    wake,
    end() {
      ended = true;
      wake();
    },
  };
}

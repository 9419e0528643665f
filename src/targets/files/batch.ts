import { setImmediate as turn } from 'node:timers/promises';

/** As many at once as the thread pool behind fs has use for, and few enough for any limit on open files. */
const width = 16;

/**
 * Works on the items side by side, in batches. When one fails, no further batch is begun; those under way have ended when
 * it rejects, with the first failure. Between batches others have their turn, also when no item waits for anything.
 *
 * @param ended awaited after each batch, while nothing is under way; batches count from 0
 */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  ended?: (batch: number) => void | Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += width) {
    if (at > 0) await turn();
    const failed = (await Promise.allSettled(items.slice(at, at + width).map(work))).find(
      (each) => each.status === 'rejected',
    );
    if (failed) throw failed.reason;
    await ended?.(at / width);
  }
}

import { setImmediate as turn } from 'node:timers/promises';

/** Items per batch: enough to use the thread pool of fs, and few enough for any limit on open files. */
const width = 16;

/**
 * Works on the items in batches; the items of a batch run in parallel. After a failure it starts no further batch, waits for
 * the current one, and rejects with the first failure. Between batches it yields to the event loop.
 *
 * @param ended awaited after each batch, while no item is in progress; batches count from 0
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

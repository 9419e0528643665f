/** As many at once as the thread pool behind fs has use for, and few enough for any limit on open files. */
const width = 16;

/**
 * Works on the items side by side. When one fails, no more are begun; those under way have ended when it rejects, with
 * the first failure.
 */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += width) {
    const batch = items.slice(at, at + width).map((item, index) => work(item, at + index));
    const failed = (await Promise.allSettled(batch)).find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

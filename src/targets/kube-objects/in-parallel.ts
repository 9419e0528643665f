/** Objects that are read or written at the same time. */
const WIDTH = 8;

/** Does the work for all items, several at a time. @throws the first error, when the others of its group have ended */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += WIDTH) {
    const failed = (await Promise.allSettled(items.slice(at, at + WIDTH).map(work))).find(
      (each) => each.status === 'rejected',
    );
    if (failed) throw failed.reason;
  }
}

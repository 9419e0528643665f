/** How many positions from the expected one are searched before an index is built. */
const reach = 4;

/**
 * Finds the items of a new list in an old list. Callers ask in the order of the new list. Few items change between two views, so most items
 * are found near the expected position, in constant time.
 *
 * @returns a function of an item and its successor in the new list. It returns the item's position in the old list, or -1. It may miss an
 * item of the old list, but it never returns the position of another item.
 */
export function createItemFinder(old: readonly unknown[]): (item: unknown, following: unknown) => number {
  let expected = 0;
  let index: Map<unknown, number> | undefined;

  const findNear = (item: unknown): number => {
    const end = Math.min(expected + reach, old.length);
    for (let at = expected; at < end; at++) if (old[at] === item) return at;
    return -1;
  };

  return (item, following) => {
    let at = findNear(item);
    if (at < 0) {
      // The most frequent reason: a new item before a known one.
      const next = following === undefined ? expected : findNear(following);
      if (next >= 0) {
        expected = next;
        return -1;
      }
      index ??= new Map(old.map((one, position) => [one, position]));
      at = index.get(item) ?? -1;
    }
    if (at >= 0) expected = at + 1;
    return at;
  };
}

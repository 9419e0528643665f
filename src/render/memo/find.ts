/** How far around the place where an item is expected it is looked for before an index is made. */
const reach = 4;

/**
 * Finds the items of a list in an older one, asked in the order of the new list. Between two views few items come, go or
 * change, so that most are found where they are expected, at no cost that grows with the list.
 *
 * @returns for an item and the one that follows it in the new list: its place in the old list, or -1. An item of the old
 * list may be missed; none is ever taken for another.
 */
export function createFinder(old: readonly unknown[]): (item: unknown, following: unknown) => number {
  let expected = 0;
  let index: Map<unknown, number> | undefined;

  const near = (item: unknown): number => {
    const end = Math.min(expected + reach, old.length);
    for (let at = expected; at < end; at++) if (old[at] === item) return at;
    return -1;
  };

  return (item, following) => {
    let at = near(item);
    if (at < 0) {
      // One that is new, before one that is not: by far the most frequent reason not to be found.
      const next = following === undefined ? expected : near(following);
      if (next >= 0) {
        expected = next;
        return -1;
      }
      index ??= new Map(old.map((one, place) => [one, place]));
      at = index.get(item) ?? -1;
    }
    if (at >= 0) expected = at + 1;
    return at;
  };
}

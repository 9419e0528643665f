/** The members that one list has and the other has not. An item that was replaced by another one of the same name is in neither. */
export interface Difference<T> {
  readonly gone: ReadonlyMap<string, T>;
  readonly came: ReadonlyMap<string, T>;
}

export function noDifference<T>(): Difference<T> {
  return { gone: new Map(), came: new Map() };
}

/**
 * Compares two lists of frozen items, in any order that both share. Only items that are not in both lists are named, so for lists that share
 * most items the cost is that of comparing references.
 */
export function differ<T extends object>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (item: T) => string,
): Difference<T> {
  if (before === after) return noDifference();
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [left, right] = [before.length, after.length];
  while (left > start && right > start && before[left - 1] === after[right - 1]) {
    left -= 1;
    right -= 1;
  }
  const [old, now] = [before.slice(start, left), after.slice(start, right)];
  const [known, present] = [new Set(old), new Set(now)];
  const gone = new Map<string, T>();
  for (const item of old) if (!present.has(item)) gone.set(nameOf(item), item);
  const came = new Map<string, T>();
  for (const item of now) {
    if (known.has(item)) continue;
    const name = nameOf(item);
    if (!gone.delete(name)) came.set(name, item);
  }
  return { gone, came };
}

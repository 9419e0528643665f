import { compareText } from './order.js';

/** A change of a sorted list. */
export interface ListDelta<T> {
  readonly removed: Set<T>;
  /** Items that are equal in the order stay in this order. */
  readonly added: T[];
}

/** Up to this number, changes are applied one by one; more are merged in one pass over the list. */
const singleEditLimit = 16;

/** Applies a delta to a sorted list, in place or in a new list, and returns the list. An added item follows the equal ones of the list. */
export function applyDelta<T>(sorted: T[], { removed, added }: ListDelta<T>, compare: (a: T, b: T) => number): T[] {
  if (removed.size + added.length > singleEditLimit) return mergeSorted(sorted, removed, added.sort(compare), compare);
  for (const item of removed) {
    let at = lowerBound(sorted, (other) => compare(other, item) < 0);
    while (at < sorted.length && sorted[at] !== item) at++;
    sorted.splice(at, 1);
  }
  for (const item of added)
    sorted.splice(
      lowerBound(sorted, (other) => compare(other, item) <= 0),
      0,
      item,
    );
  return sorted;
}

/**
 * A copy of a list that is sorted by the keys of its items, each of them once, with these changes; `undefined` removes a key. The same list
 * when nothing differs. Apart from the copy, the cost is the number of changes, or that of the list if there are many.
 */
export function replaceSorted<T extends object>(
  list: readonly T[],
  changes: ReadonlyMap<string, T | undefined>,
  keyOf: (item: T) => string,
): readonly T[] {
  const delta: ListDelta<T> = { removed: new Set(), added: [] };
  for (const [key, item] of changes) {
    const old = findSorted(list, key, keyOf);
    if (old === item) continue;
    if (old !== undefined) delta.removed.add(old);
    if (item !== undefined) delta.added.push(item);
  }
  if (delta.removed.size === 0 && delta.added.length === 0) return list;
  // The list is copied by spreading, because `slice` of a frozen list takes several times as long.
  return applyDelta([...list], delta, (a, b) => compareText(keyOf(a), keyOf(b)));
}

/** The item of this key in a list that is sorted by the keys of its items. */
export function findSorted<T>(list: readonly T[], key: string, keyOf: (item: T) => string): T | undefined {
  const item = list[lowerBound(list, (other) => keyOf(other) < key)];
  return item !== undefined && keyOf(item) === key ? item : undefined;
}

/** The first index for which `isBefore` is false. */
function lowerBound<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeSorted<T>(
  sorted: readonly T[],
  removed: ReadonlySet<T>,
  added: readonly T[],
  compare: (a: T, b: T) => number,
): T[] {
  const merged: T[] = [];
  let next = 0;
  for (const item of sorted) {
    if (removed.has(item)) continue;
    for (; next < added.length && compare(added[next] as T, item) < 0; next++) merged.push(added[next] as T);
    merged.push(item);
  }
  return merged.concat(added.slice(next));
}

/** The parts of two lists between their common beginning and their common end. */
export function differingParts<T>(
  before: readonly T[],
  after: readonly T[],
  isSame: (a: T, b: T) => boolean = (a, b) => a === b,
): { readonly before: readonly T[]; readonly after: readonly T[] } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && isSame(before[from] as T, after[from] as T)) from++;
  let end = 0;
  while (end < shorter - from && isSame(before[before.length - 1 - end] as T, after[after.length - 1 - end] as T))
    end++;
  return { before: before.slice(from, before.length - end), after: after.slice(from, after.length - end) };
}

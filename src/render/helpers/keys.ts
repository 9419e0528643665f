import { compareText } from '../../model/order.js';
import type { Pair } from '../../model/pair.js';

/** The pair of a key, by binary search. @param pairs sorted by key, as in all functions here */
export function findPair(pairs: readonly Pair[], key: string): Pair | undefined {
  const found = pairs[countWhile(pairs, 0, (one) => one < key)];
  return found?.key === key ? found : undefined;
}

/** The pairs whose keys begin with a prefix. */
export function pairsBelow(pairs: readonly Pair[], prefix: string): readonly Pair[] {
  const start = countWhile(pairs, 0, (key) => key < prefix);
  return pairs.slice(start, endOf(pairs, start, prefix));
}

/** One name directly below a directory. It can be a key, a directory, or both. */
export interface Child {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** The names directly below a directory, sorted. It skips the keys of each subdirectory by binary search. */
export function childrenOf(pairs: readonly Pair[], directory: string): readonly Child[] {
  const prefix = directory === '' || directory.endsWith('/') ? directory : `${directory}/`;
  const children = new Map<string, boolean>();
  let index = countWhile(pairs, 0, (key) => key < prefix);
  for (let key = pairs[index]?.key; key?.startsWith(prefix); key = pairs[index]?.key) {
    const slash = key.indexOf('/', prefix.length);
    const name = key.slice(prefix.length, slash < 0 ? undefined : slash);
    if (name !== '') children.set(name, slash >= 0 || children.get(name) === true);
    index = slash < 0 ? index + 1 : endOf(pairs, index, key.slice(0, slash + 1));
  }
  return [...children]
    .map(([name, isDirectory]) => ({ name, isDirectory }))
    .sort((a, b) => compareText(a.name, b.name));
}

function endOf(pairs: readonly Pair[], start: number, prefix: string): number {
  return countWhile(pairs, start, (key) => key.startsWith(prefix));
}

/** The first index from `start` on whose key is not `before`. The keys that are `before` must come first. */
function countWhile(pairs: readonly Pair[], start: number, before: (key: string) => boolean): number {
  let [low, high] = [start, pairs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(pairs[middle]?.key ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

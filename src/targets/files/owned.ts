import { compareText } from '../../model/order.js';

/**
 * The entries of this kind in `TargetRecord.owned`, in the same order: absolute paths, without links, of the files that the target
 * made. Entries of other kinds do not begin with a slash and are left out. It must be fast: every pass calls it, and a fan-out
 * has one entry for each file.
 */
export function ownedPaths(owned: readonly string[]): string[] {
  return owned.filter((entry) => entry.startsWith('/'));
}

/** Whether the sorted entries have this one. The cost does not grow with their number. */
export function isOwned(owned: readonly string[], entry: string): boolean {
  return owned[placeOf(owned, entry)] === entry;
}

/** Entries below a directory that are looked at. */
const looks = 100;

/**
 * Whether an owned file is directly in this directory. It looks at a few entries only, so false can also mean that the file was not found
 * among many in subdirectories.
 */
export function isKnownDirectory(owned: readonly string[], directory: string): boolean {
  const below = `${directory}/`;
  const first = placeOf(owned, below);
  for (const path of owned.slice(first, first + looks)) {
    if (!path.startsWith(below)) return false;
    if (!path.includes('/', below.length)) return true;
  }
  return false;
}

/** Index of the entry, or that at which it would be. */
function placeOf(owned: readonly string[], entry: string): number {
  let [low, high] = [0, owned.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(owned[middle] ?? '', entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Up to this number, entries are changed one by one. */
const few = 64;

/** The entries of the journal without `gone` and with `added`, sorted. The same list when nothing changes. */
export function changeOwned(
  owned: readonly string[],
  gone: Iterable<string>,
  added: Iterable<string>,
): readonly string[] {
  const removals = new Set(gone);
  const lost = [...removals].filter((path) => isOwned(owned, path));
  const fresh = [...new Set(added)].filter((path) => !removals.has(path) && !isOwned(owned, path));
  if (lost.length + fresh.length === 0) return owned;
  if (lost.length + fresh.length > few)
    return [...owned.filter((path) => !removals.has(path)), ...fresh].sort(compareText);
  const list = [...owned];
  for (const path of lost) list.splice(placeOf(list, path), 1);
  for (const path of fresh) list.splice(placeOf(list, path), 0, path);
  return list;
}

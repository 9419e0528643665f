import { compareText } from '../../model/order.js';

/**
 * The entries of this kind in `TargetRecord.owned`, in the same order: absolute paths, without links, of the files that the target
 * made. Entries of other kinds do not begin with a slash and are left out. It must be fast: every pass calls it, and a fan-out
 * has one entry for each file.
 */
export function ownedPaths(owned: readonly string[]): string[] {
  return owned.filter((entry) => entry.startsWith('/'));
}

/** The entries of the journal without `gone` and with `added`, sorted. */
export function changeOwned(owned: readonly string[], gone: Iterable<string>, added: Iterable<string>): string[] {
  const after = new Set([...owned, ...added]);
  for (const path of gone) after.delete(path);
  return [...after].sort(compareText);
}

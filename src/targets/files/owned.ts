import { compareText } from '../../model/order.js';

/**
 * This kind's entries of `TargetRecord.owned`, in their order: absolute paths, without links, of files that it made. Entries of other
 * kinds begin with no slash and are left out. Every pass asks for it, with one entry for each file of a fan-out.
 */
export function ownedPaths(owned: readonly string[]): string[] {
  return owned.filter((entry) => entry.startsWith('/'));
}

/** The journal's entries without those that are `gone`, with those that are `added`. */
export function changeOwned(owned: readonly string[], gone: Iterable<string>, added: Iterable<string>): string[] {
  const after = new Set([...owned, ...added]);
  for (const path of gone) after.delete(path);
  return [...after].sort(compareText);
}

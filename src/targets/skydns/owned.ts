import * as z from 'zod';
import { compareText } from '../../model/order.js';

/**
 * What this kind keeps in `TargetRecord.owned`: `skydns:DIRECTORY` for each directory of keys, with a slash at its end, in which the
 * target has written. Which keys there are its own, their values say.
 */
const entry = z.string().regex(/^skydns:\/.*\/$/s);
const prefix = 'skydns:';

/** The directories that the entries of this kind name. Entries of other kinds are left out. */
export function ownedDirectories(owned: readonly string[]): string[] {
  return owned.filter((each) => entry.safeParse(each).success).map((each) => each.slice(prefix.length));
}

/** The journal's entries with those of these directories. */
export function addOwned(owned: readonly string[], directories: Iterable<string>): string[] {
  const after = new Set(owned);
  for (const directory of directories) after.add(entryOf(directory));
  return [...after].sort(compareText);
}

/** The journal's entries without those of these directories. */
export function removeOwned(owned: readonly string[], directories: Iterable<string>): string[] {
  const gone = new Set([...directories].map(entryOf));
  return owned.filter((each) => !gone.has(each));
}

/** The entry of one directory. */
export function entryOf(directory: string): string {
  return `${prefix}${directory}`;
}

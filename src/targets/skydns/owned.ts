import * as z from 'zod';
import { compareText } from '../../model/order.js';

/**
 * An entry of this kind in `TargetRecord.owned`: `skydns:DIRECTORY`, with a slash at its end, for each directory in which the
 * target has written keys. The values of the keys say which of them are the target's own.
 */
const entry = z.string().regex(/^skydns:\/.*\/$/s);
const prefix = 'skydns:';

/** The directories that the entries of this kind name. Entries of other kinds are left out. */
export function ownedDirectories(owned: readonly string[]): string[] {
  return owned.filter((each) => entry.safeParse(each).success).map((each) => each.slice(prefix.length));
}

/** The entries of the journal, plus those of these directories. */
export function addOwned(owned: readonly string[], directories: Iterable<string>): string[] {
  const after = new Set(owned);
  for (const directory of directories) after.add(entryOf(directory));
  return [...after].sort(compareText);
}

/** The entries of the journal, minus those of these directories. */
export function removeOwned(owned: readonly string[], directories: Iterable<string>): string[] {
  const gone = new Set([...directories].map(entryOf));
  return owned.filter((each) => !gone.has(each));
}

/** The entry of one directory. */
export function entryOf(directory: string): string {
  return `${prefix}${directory}`;
}

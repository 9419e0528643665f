import * as z from 'zod';
import { compareText } from '../../model/order.js';

/** What this kind keeps in `TargetRecord.owned`: absolute paths, without links, of files that it made. */
const entry = z.string().startsWith('/');

/** The entries of this kind, in their order. Those of other kinds are left out. */
export function ownedPaths(owned: readonly string[]): string[] {
  return owned.filter((each) => entry.safeParse(each).success);
}

/** The journal's entries without those that are `gone`, with those that are `added`. */
export function changeOwned(owned: readonly string[], gone: Iterable<string>, added: Iterable<string>): string[] {
  const after = new Set([...owned, ...added]);
  for (const path of gone) after.delete(path);
  return [...after].sort(compareText);
}

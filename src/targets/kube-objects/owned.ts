import { compareText } from '../../model/order.js';

/** The key of a kind begins its entries. */
interface OwningKind {
  readonly key: string;
}

/**
 * The entries of a kind in `TargetRecord.owned`: `configMap:NAMESPACE/NAME` for each object that the target made. Entries of other kinds
 * are left out.
 */
export function ownedNames({ key }: OwningKind, owned: readonly string[]): string[] {
  const prefix = `${key}:`;
  return owned.flatMap((entry) => {
    const name = entry.startsWith(prefix) ? entry.slice(prefix.length) : '';
    return /^[^/]+\/[^/]+$/.test(name) ? [name] : [];
  });
}

/** The entry of one object. @param name its full name */
export function entryOf({ key }: OwningKind, name: string): string {
  return `${key}:${name}`;
}

/** The entries of the journal without `gone` and with `added`, which are full names. The same list when nothing changes. */
export function changeOwned(
  kind: OwningKind,
  owned: readonly string[],
  gone: readonly string[],
  added: readonly string[],
): readonly string[] {
  const before = new Set(owned);
  const after = new Set(owned);
  for (const name of gone) after.delete(entryOf(kind, name));
  for (const name of added) after.add(entryOf(kind, name));
  if (before.size === after.size && [...after].every((entry) => before.has(entry))) return owned;
  return [...after].sort(compareText);
}

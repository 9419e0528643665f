import { compareText } from '../../model/order.js';
import { isWithin } from '../../dns/labels.js';

/**
 * The entries of this kind in `TargetRecord.owned`: `dnsUpdate:SERVER/ZONE/` for each zone in which the target has written, and
 * `dnsUpdate:SERVER/ZONE/NAME` for each name, if the zone cannot be transferred. The marks in the zone say which records are the target's own.
 */
const prefix = 'dnsUpdate:';

/** @param name '' for the zone itself */
export function entryOf(server: string, zone: string, name = ''): string {
  return `${prefix}${server}/${zone}/${name}`;
}

/** What the entries say about this server: zones, and the names in each. Other entries are left out. */
export function ownedNames(owned: readonly string[], server: string): Map<string, string[]> {
  const zones = new Map<string, string[]>();
  const start = `${prefix}${server}/`;
  for (const entry of owned) {
    if (!entry.startsWith(start)) continue;
    const [zone = '', name, ...more] = entry.slice(start.length).split('/');
    if (zone === '' || name === undefined || more.length > 0) continue;
    const names = zones.get(zone) ?? [];
    if (name !== '' && isWithin(name, zone)) names.push(name);
    zones.set(zone, names);
  }
  return zones;
}

/** The same entries, or the journal's own list when nothing is added or removed. */
export function changeOwned(
  owned: readonly string[],
  { add = [], remove = [] }: { readonly add?: Iterable<string>; readonly remove?: Iterable<string> },
): readonly string[] {
  const after = new Set(owned);
  const before = [...after].join('\n');
  for (const each of remove) after.delete(each);
  for (const each of add) after.add(each);
  const sorted = [...after].sort(compareText);
  return sorted.join('\n') === before ? owned : sorted;
}

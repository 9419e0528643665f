import { isWithin, problemOfHostName } from '../../dns/labels.js';
import { parseAddress } from '../../model/address.js';

/** One record of `records`. */
export interface StaticRecord {
  /** Relative to the zone, `@` for the zone itself, or absolute with a final dot. */
  readonly name: string;
  /** In upper case. */
  readonly type: string;
  /** As in a master file, on one line. Names without a final dot are relative to the zone. */
  readonly data: string;
  /** Seconds. */
  readonly ttl?: number | undefined;
}

/** What the static records of a zone say about its names. */
export interface StaticNames {
  /** The static data at the name, or the delegation that it is below: a few words. Undefined: nothing. */
  taken(name: string): string | undefined;
  /** Whether a static record gives the name an address. */
  hasAddress(name: string): boolean;
}

/** The absolute name in lower case, without a final dot. */
export function staticName(name: string, zone: string): string {
  const lower = name.toLowerCase();
  if (lower === '@') return zone;
  return lower.endsWith('.') ? lower.slice(0, -1) : `${lower}.${zone}`;
}

/** Why a record cannot be in the zone: the key that is wrong, and what is wrong. Undefined when it can. */
export function problemOfRecord(
  { name, type, data }: StaticRecord,
  zone: string,
): { readonly key: 'name' | 'type' | 'data'; readonly message: string } | undefined {
  const absolute = staticName(name, zone);
  if (!isWithin(absolute, zone)) return { key: 'name', message: `is outside the zone ${zone}` };
  const problem = problemOfOwner(absolute);
  if (problem !== undefined) return { key: 'name', message: problem };
  if (type === 'SOA') return { key: 'type', message: 'is written by rollcall: it counts the serial' };
  if (type === 'NS' && absolute === zone) return { key: 'type', message: 'of the zone itself belongs in `ns`' };
  const unreadable = problemOfData(data);
  if (unreadable !== undefined) return { key: 'data', message: unreadable };
  const family = { A: 'ipv4', AAAA: 'ipv6' }[type];
  if (family !== undefined && parseAddress(data)?.family !== family)
    return { key: 'data', message: `is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address` };
  return undefined;
}

function problemOfOwner(name: string): string | undefined {
  // A wildcard (RFC 4592) and service labels (RFC 8552) are names of records, but no host names.
  const host = name
    .replace(/^\*\./, '')
    .split('.')
    .map((label) => label.replace(/^_(?=.)/, ''))
    .join('.');
  const problem = problemOfHostName(host);
  return problem === undefined ? undefined : `is no name: ${problem}`;
}

/** A record is one line: nothing in its data may end it, begin a comment or join it to the next line. */
function problemOfData(data: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- These are the characters to refuse.
  if (/[\x00-\x1f\x7f]/.test(data)) return 'has a line break or another control character';
  if (data.trim() === '') return 'is empty';
  const plain = data.replace(/\\./g, '').replace(/"[^"]*"/g, '');
  if (/["\\]/.test(plain)) return 'has a quote or a backslash without its other half';
  if (/[;()]/.test(plain)) return 'has ; or a parenthesis outside quotes';
  return undefined;
}

/** @param records without problems */
export function createStaticNames(records: readonly StaticRecord[], zone: string): StaticNames {
  const at = new Map<string, string>();
  const addresses = new Set<string>();
  const cuts = new Map<string, string>();
  for (const { name, type } of records) {
    const absolute = staticName(name, zone);
    const what = `the static record ${name} ${type}`;
    if (!at.has(absolute)) at.set(absolute, what);
    if (type === 'A' || type === 'AAAA') addresses.add(absolute);
    // What is below a delegation (RFC 1034 section 4.2.1) or a DNAME (RFC 6672) is never answered.
    if (type === 'NS' || type === 'DNAME') cuts.set(absolute, what);
  }
  return {
    taken(name) {
      const own = at.get(name);
      if (own !== undefined || cuts.size === 0) return own;
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        const above = cuts.get(name.slice(dot + 1));
        if (above !== undefined) return above;
      }
      return undefined;
    },
    hasAddress: (name) => addresses.has(name),
  };
}

import { compareText } from '../model/order.js';

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'SRV' | 'TXT';

/** All records of one name and type (RFC 2181 section 5), with one TTL. */
export interface RecordSet {
  /** In lower case, without a final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** The data of each record as in a master file (RFC 1035 section 5.1), names with a final dot. Sorted, without duplicates. */
  readonly data: readonly string[];
  /** Octets of a whole answer over UDP with this set alone. */
  readonly octets: number;
}

/** The data of one record. */
export interface RecordData {
  readonly type: RecordType;
  readonly text: string;
  /** Octets of the data on the wire. */
  readonly octets: number;
}

/** Collects records into sets. */
export interface RecordSets {
  /** Adds a record. A record that is there already only lowers the TTL. */
  add(name: string, ttl: number, data: RecordData): void;
  /** By name, then by type. */
  list(): RecordSet[];
}

/** The size that servers and resolvers agreed to send over UDP at most (DNS flag day 2020). Longer answers are sent over TCP. */
export const mostOverUdp = 1232;

/** Header, question type and class, and an OPT record (RFC 1035 section 4.1, RFC 6891 section 6.1.2). */
const fixedOctets = 12 + 4 + 11;
/** A pointer to the name, type, class, TTL and length of a record (RFC 1035 section 4.1.3). */
const perRecord = 2 + 10;

export function createRecordSets(): RecordSets {
  const sets = new Map<string, { name: string; type: RecordType; ttl: number; data: Map<string, number> }>();
  return {
    add(name, ttl, { type, text, octets }) {
      const key = `${name} ${type}`;
      const set = sets.get(key) ?? { name, type, ttl, data: new Map<string, number>() };
      set.ttl = Math.min(set.ttl, ttl);
      set.data.set(text, octets);
      sets.set(key, set);
    },
    list: () =>
      [...sets.entries()]
        .sort(([a], [b]) => compareText(a, b))
        .map(([, { name, type, ttl, data }]) => ({
          name,
          type,
          ttl,
          data: [...data.keys()].sort(compareText),
          octets: [...data.values()].reduce((sum, each) => sum + perRecord + each, fixedOctets + octetsOfName(name)),
        })),
  };
}

/** @param address canonical */
export function addressData(address: string, family: 'ipv4' | 'ipv6'): RecordData {
  return family === 'ipv4' ? { type: 'A', text: address, octets: 4 } : { type: 'AAAA', text: address, octets: 16 };
}

export function nameData(type: 'CNAME' | 'PTR', target: string): RecordData {
  return { type, text: `${target}.`, octets: octetsOfName(target) };
}

/** @param target '' is the root: the service is not available (RFC 2782) */
export function srvData(priority: number, weight: number, port: number, target: string): RecordData {
  return { type: 'SRV', text: `${priority} ${weight} ${port} ${target}.`, octets: 6 + octetsOfName(target) };
}

/** @param strings each of at most 255 octets */
export function txtData(strings: readonly string[]): RecordData {
  const octets = strings.reduce((sum, text) => sum + 1 + Buffer.byteLength(text), 0);
  return { type: 'TXT', text: strings.map(quote).join(' '), octets };
}

/** A character string of a master file: every octet that is not plain ASCII is written as `\DDD`. */
function quote(text: string): string {
  const octets = [...Buffer.from(text)].map((octet) => {
    if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
    return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, '0')}`;
  });
  return `"${octets.join('')}"`;
}

function octetsOfName(name: string): number {
  return name === '' ? 1 : name.length + 2;
}

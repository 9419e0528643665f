/** The numbers of types of records that are read or written (https://www.iana.org/assignments/dns-parameters). */
export const typeNumbers = {
  A: 1,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  RRSIG: 46,
  NSEC: 47,
  TSIG: 250,
  AXFR: 252,
  ANY: 255,
} as const;

/** RFC 1035 section 3.2.4, RFC 2136 section 2.2. */
export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;

/** RFC 1035 section 4.1.1, RFC 2136 section 2.2. */
export const opcodes = { QUERY: 0, UPDATE: 5 } as const;

const rcodes = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
  ...['YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'],
];

/** The name of a response code (RFC 1035 section 4.1.1, RFC 2136 section 2.2). */
export function nameOfRcode(rcode: number): string {
  return rcodes[rcode] ?? `rcode ${rcode}`;
}

import ipaddr from 'ipaddr.js';

/** The name of an address in the reverse tree (RFC 1035 section 3.5, RFC 3596 section 2.5), without a final dot. */
export function reverseName(address: string): string {
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const digits = parsed.toByteArray().map((octet) => octet.toString(16).padStart(2, '0'));
  return `${Array.from(digits.join('')).reverse().join('.')}.ip6.arpa`;
}

/** Why the text is no name of a reverse zone in lower case and without a final dot, or undefined. */
export function problemOfReverseZone(zone: string): string | undefined {
  const [, four] = /^((?:\d{1,3}\.){1,3})in-addr\.arpa$/.exec(zone) ?? [];
  const octets = four?.slice(0, -1).split('.') ?? [];
  if (octets.length > 0 && octets.every((octet) => String(Number(octet)) === octet && Number(octet) < 256))
    return undefined;
  if (/^(?:[0-9a-f]\.){1,31}ip6\.arpa$/.test(zone)) return undefined;
  return 'is no reverse zone: write the octets of IPv4 backwards ("2.0.192.in-addr.arpa"), or the hexadecimal digits of IPv6 ("8.b.d.0.1.0.0.2.ip6.arpa")';
}

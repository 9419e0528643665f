import ipaddr from 'ipaddr.js';
import type { Family } from './instance.js';

/** The address of an endpoint in canonical spelling, so that equal addresses are equal texts. */
export interface Address {
  /** Canonical IP literal without brackets (RFC 5952 for IPv6), or a lower-case RFC 1123 name without trailing dot. */
  readonly address: string;
  readonly family: Family;
  /** `address`, in brackets when it is IPv6. */
  readonly host: string;
}

/**
 * Parses an address. Undefined when the text is none. Never throws.
 *
 * - IPv4: four decimal parts without leading zeros. Programs disagree about the short, octal and hexadecimal forms of inet_aton.
 * - IPv6: with or without brackets. A zone id (`%eth0`) is refused, because it is valid on one machine only. An IPv4-mapped
 *   address (`::ffff:10.0.0.1`) becomes the IPv4 address: sockets treat it so, and a rule against `10.0.0.0/8` must match it.
 * - Names: RFC 1123 section 2.1. A name whose last label is a decimal or hexadecimal number is refused, because resolvers read
 *   it as an IPv4 address.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 255) return undefined;
  if (text.startsWith('[')) return text.endsWith(']') ? parseIpv6(text.slice(1, -1)) : undefined;
  if (text.includes(':')) return parseIpv6(text);
  if (ipv4Number(text) !== undefined) return { address: text, family: 'ipv4', host: text };
  return parseName(text);
}

/** The 32 bits of an IPv4 address: four decimal parts without leading zeros. Undefined for any other text. */
export function ipv4Number(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let address = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (digits === 0) return undefined;
      address = address * 256 + part;
      part = digits = 0;
      dots++;
    } else {
      if (code < 0x30 || code > 0x39 || (digits > 0 && part === 0)) return undefined;
      part = part * 10 + code - 0x30;
      if (part > 255) return undefined;
      digits++;
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + part : undefined;
}

/** True for `0.0.0.0` and `::`: a server listens on them, but no client can connect to them. */
export function isWildcard({ address }: Pick<Address, 'address'>): boolean {
  return address === '0.0.0.0' || address === '::';
}

function parseIpv6(text: string): Address | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  const dotted = text.includes('.') ? text.slice(text.lastIndexOf(':') + 1) : undefined;
  if (dotted !== undefined && ipv4Number(dotted) === undefined) return undefined;
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const parsed = ipaddr.IPv6.parse(text);
  if (parsed.isIPv4MappedAddress()) {
    const address = parsed.toIPv4Address().toString();
    return { address, family: 'ipv4', host: address };
  }
  const address = parsed.toRFC5952String();
  return { address, family: 'ipv6', host: `[${address}]` };
}

const name = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

function parseName(text: string): Address | undefined {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  if (bare.length > 253 || !name.test(bare)) return undefined;
  const address = bare.toLowerCase();
  return numericEnd.test(address) ? undefined : { address, family: 'name', host: address };
}

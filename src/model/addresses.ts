import ipaddr from 'ipaddr.js';
import { parseAddress } from './address.js';
import type { Address } from './address.js';

/** Which addresses a source may register. Each line is a CIDR block (`10.0.0.0/8`, `fd00::/8`) or one IP address. */
export interface AddressRules {
  /** Absent or empty: everything that `deny` does not cover. Otherwise only these, and no names, which may resolve to any address. */
  readonly allow?: readonly string[];
  /** Refused, even if `allow` covers them. */
  readonly deny?: readonly string[];
}

/** Returns why an address is refused, or undefined when it may be used. */
export type AddressPolicy = (address: Address) => string | undefined;

type Ip = ipaddr.IPv4 | ipaddr.IPv6;
type Block = readonly [Ip, number];

/**
 * Compiles the rules. A `deny` that covers a loopback address also covers its names: `localhost`, all names below `.localhost`
 * (RFC 6761 section 6.3) and the names in Debian's hosts file.
 *
 * @throws RangeError that names the first line that is no CIDR block. `isCidr` checks a line beforehand.
 */
export function compileAddressRules(rules: AddressRules): AddressPolicy {
  const allow = (rules.allow ?? []).map(toBlock);
  const deny = (rules.deny ?? []).map(toBlock);
  const noLoopback = ['127.0.0.1', '::1'].some((loopback) => covers(deny, ipaddr.parse(loopback)));
  return ({ address, family }) => {
    if (family === 'name') {
      if (allow.length > 0) return 'the source allows addresses by CIDR, so names are refused';
      return noLoopback && isLoopbackName(address) ? 'the source denies loopback addresses' : undefined;
    }
    const ip = ipaddr.parse(address);
    if (covers(deny, ip)) return 'the source denies this address';
    if (allow.length > 0 && !covers(allow, ip)) return 'the source does not allow this address';
    return undefined;
  };
}

/** Whether `AddressRules` may contain this text. */
export function isCidr(text: string): boolean {
  return parseBlock(text) !== undefined;
}

function toBlock(text: string): Block {
  const block = parseBlock(text);
  if (block === undefined)
    throw new RangeError(`${JSON.stringify(text)} is no CIDR block such as 10.0.0.0/8 or fd00::/8`);
  return block;
}

function parseBlock(text: string): Block | undefined {
  const [, literal = '', length] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (literal.includes(':')) {
    if (parseAddress(literal) === undefined) return undefined;
    const ip = ipaddr.IPv6.parse(literal);
    const bits = Number(length ?? 128);
    if (bits > 128) return undefined;
    // Mapped addresses become IPv4 addresses, so a mapped block must become an IPv4 block.
    return ip.isIPv4MappedAddress() && bits >= 96 ? [ip.toIPv4Address(), bits - 96] : [ip, bits];
  }
  if (parseAddress(literal)?.family !== 'ipv4') return undefined;
  const bits = Number(length ?? 32);
  return bits > 32 ? undefined : [ipaddr.IPv4.parse(literal), bits];
}

function covers(blocks: readonly Block[], ip: Ip): boolean {
  return blocks.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
}

const loopbackNames = new Set(['localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback']);

function isLoopbackName(name: string): boolean {
  return loopbackNames.has(name) || name.endsWith('.localhost');
}

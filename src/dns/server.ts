import { parseAddress } from '../model/address.js';

/** The port of DNS (RFC 1035 section 4.2). */
const defaultPort = 53;

/**
 * Reads the address of a name server: an IP address, and a port if it is not 53. IPv6 with a port is in brackets.
 *
 * @returns `192.0.2.53:53` or `[2001:db8::53]:53`; undefined when the text is no such address
 */
export function parseServer(text: string): string | undefined {
  const [, before = text, digits] = /^(.*[^:]|\[.*\]):(\d{1,5})$/.exec(text) ?? [];
  const isBareIpv6 = !text.startsWith('[') && text.split(':').length > 2;
  const [host, port] = isBareIpv6 ? [text, defaultPort] : [before, digits === undefined ? defaultPort : Number(digits)];
  const address = parseAddress(host);
  if (address === undefined || address.family === 'name' || port < 1 || port > 65_535) return undefined;
  return `${address.host}:${port}`;
}

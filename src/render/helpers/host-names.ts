import { domainToASCII } from 'node:url';

/** A host name as HTTP proxies compare it: in lower case, ASCII, without a port and a final dot. */
export interface HostName {
  /** May begin with `*.`: all names below the rest. */
  readonly host: string;
  /** A port was written behind the name and is removed. */
  readonly hadPort: boolean;
}

/** Why a text is no such name. */
export interface NoHostName {
  readonly problem: string;
}

/**
 * Reads a host name that a registrant asks for. Labels have letters, digits, inner hyphens and, unlike RFC 1123, underscores, because
 * browsers and proxies accept them. International names become Punycode (UTS 46). A proxy ignores the port of a request's `Host`, so a port
 * is removed.
 *
 * @param longest bytes that a lookup key of the consumer may have. nginx splits names that begin with `*.` into labels.
 */
export function parseHostName(text: string, longest = Infinity): HostName | NoHostName {
  if (text.length > 4 * 253) return { problem: 'it is longer than 253 characters' };
  const [, name = '', port] = /^(.*?)(?::([^:]*))?$/s.exec(text.toLowerCase()) ?? [];
  if (port !== undefined && !isPort(port)) return { problem: 'the part after its colon is not a port' };
  const isWildcard = name.startsWith('*.');
  const rest = (isWildcard ? name.slice(2) : name).replace(/\.$/, '');
  if (rest.includes('*')) return { problem: '"*" may only be its whole first label, before a dot' };
  const ascii = toAscii(rest);
  if (ascii === undefined) return { problem: 'it is not a valid international name' };
  const host = isWildcard ? `*.${ascii}` : ascii;
  const problem = problemOfName(ascii, 'underscores') ?? problemOfLength(host, longest);
  return problem === undefined ? { host, hadPort: port !== undefined } : { problem };
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

/** `domainToASCII` reads its argument as a part of a URL, so it must not receive characters that separate parts of URLs. */
function toAscii(name: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- All of ASCII: such a name needs no conversion.
  if (/^[\x00-\x7f]*$/.test(name)) return name;
  if (!/^[\p{L}\p{M}\p{N}._\u3002-]+$/u.test(name)) return undefined;
  const ascii = domainToASCII(name);
  // Other digits than ASCII's can make it an IP address.
  return ascii === '' || /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(ascii) ? undefined : ascii;
}

function problemOfLength(host: string, longest: number): string | undefined {
  if (host.length > 253) return 'it is longer than 253 characters';
  const parts = host.startsWith('*.') ? host.split('.') : [host];
  return parts.some((part) => part.length > longest) ? `it is longer than ${longest} bytes` : undefined;
}

/**
 * Why a lower-case text is not a host name; undefined when it is one. RFC 1035 section 3.1: 255 octets on the wire are 253 characters. RFC
 * 1123 section 2.1: the characters of labels.
 */
export function problemOfName(name: string, more?: 'underscores'): string | undefined {
  if (name.length > 253) return 'it is longer than 253 characters';
  const [whole, allowed] = more
    ? [/^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/, 'letters, digits, underscores']
    : [/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'letters, digits'];
  for (const label of name.split('.')) {
    if (label === '') return 'a label is empty';
    if (label.length > 63) return 'a label is longer than 63 characters';
    if (!whole.test(label)) return `labels have ${allowed} and inner hyphens only`;
  }
  return undefined;
}

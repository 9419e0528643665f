import { parseAddress } from './address.js';
import type { Refusal } from './format.js';

/** An endpoint, split into its parts but not validated. */
export interface Endpoint {
  /** IPv6 keeps its brackets. `''` when there is no host. */
  readonly host: string;
  /** NaN when the port is no number; absent when there is no port (see `schemePort`). */
  readonly port?: number | undefined;
  /** The scheme of a URL, in lower case; absent without one. */
  readonly scheme?: string | undefined;
}

const schemePorts = new Map(Object.entries({ http: 80, https: 443, ws: 80, wss: 443 }));

/**
 * The default port of a URL scheme: RFC 9110 section 4.2, RFC 6455 section 3. `grpc` has no registered port, and gRPC libraries
 * disagree about it, so a URL with this scheme must name its port.
 */
export function schemePort(scheme: string | undefined): number | undefined {
  return scheme === undefined ? undefined : schemePorts.get(scheme);
}

/**
 * Splits `host`, `host:port`, `[v6]:port` or a URL into its parts. Never throws. Drops the user, password, path, query and
 * fragment of a URL. Refuses an IPv6 address without brackets: `fd00::1:8080` may be an address, or an address and a port.
 */
export function splitEndpoint(text: string): Endpoint | Refusal {
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  if (url === null) return splitHostPort(text);
  const [, scheme = '', authority = ''] = url;
  const split = splitHostPort(authority.slice(authority.lastIndexOf('@') + 1));
  if ('rejected' in split) return split;
  return { host: split.host, port: split.port, scheme: scheme.toLowerCase() };
}

function splitHostPort(text: string): Endpoint | Refusal {
  const bracket = text.startsWith('[') ? text.lastIndexOf(']') : -1;
  const colon = text.indexOf(':', bracket + 1);
  if (colon === -1) return { host: text };
  if (bracket === -1 && text.includes(':', colon + 1)) {
    return parseAddress(text) === undefined
      ? { rejected: 'bad-address', reason: 'it has more than one colon and is no IPv6 address in brackets' }
      : { rejected: 'bad-address', reason: 'an IPv6 address must stand in brackets, its port after them' };
  }
  if (bracket !== -1 && colon !== bracket + 1)
    return { rejected: 'bad-address', reason: 'there is text between the brackets and the port' };
  return { host: text.slice(0, colon), port: parsePort(text.slice(colon + 1)) };
}

/** A port: digits without leading zeros; NaN for any other text. Does not check the range. */
function parsePort(text: string): number {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : NaN;
}

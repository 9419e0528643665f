import { parseAddress } from './address.js';
import type { Refusal } from './format.js';

/** An endpoint as a writer wrote it, taken apart but not judged. */
export interface Endpoint {
  /** IPv6 keeps its brackets. `''` when nothing stands there. */
  readonly host: string;
  /** NaN when what stands there is no number; absent when nothing does (see `schemePort`). */
  readonly port?: number | undefined;
  /** Lower case; only of a URL. */
  readonly scheme?: string | undefined;
}

const schemePorts = new Map(Object.entries({ http: 80, https: 443, ws: 80, wss: 443 }));

/**
 * The port that a URL means when it names none: RFC 9110 section 4.2, RFC 6455 section 3. `grpc` has no registered
 * port, and gRPC libraries disagree, so such a URL must name its own.
 */
export function schemePort(scheme: string | undefined): number | undefined {
  return scheme === undefined ? undefined : schemePorts.get(scheme);
}

/**
 * Takes `host`, `host:port`, `[v6]:port` or a URL apart. Never throws. User, password, path, query and fragment of a
 * URL are dropped. An IPv6 address without brackets is refused: `fd00::1:8080` is an address as well as an address
 * and a port, and nobody can tell which was meant.
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
      ? { rejected: 'bad-address', reason: 'more than one colon, and no IPv6 address in brackets' }
      : { rejected: 'bad-address', reason: 'an IPv6 address must stand in brackets, its port after them' };
  }
  if (bracket !== -1 && colon !== bracket + 1)
    return { rejected: 'bad-address', reason: 'something stands between the brackets and the port' };
  return { host: text.slice(0, colon), port: parsePort(text.slice(colon + 1)) };
}

/** A port as digits without leading zeros; NaN for anything else. The range is not looked at. */
function parsePort(text: string): number {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : NaN;
}

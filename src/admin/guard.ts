import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** What decides whether a request may use `/api`. */
export interface Caller {
  /** `socket`: over the socket in stateDir. `tcp`: over HTTP. */
  readonly via: 'socket' | 'tcp';
  /** The peer's address is one of this machine's own. */
  readonly isLoopback: boolean;
  /** The client has shown a certificate that the configured authority signed. */
  readonly hasCertificate: boolean;
  readonly method: string;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  /** The header `Sec-Fetch-Site`, which browsers send. */
  readonly fetchSite: string | undefined;
}

/** Why a request is refused. */
export interface Denial {
  readonly status: 401 | 403 | 421;
  readonly message: string;
}

/**
 * Decides about a request to `/api`. A socket needs no token: only the user of rollcall reaches it. Over HTTP, a request that changes
 * something always needs the token; one that reads needs the token or a client certificate, and neither from loopback when no token is
 * configured. No web page may ask: browsers name the page in `Origin`, and a page with a name of its own for this address names it in
 * `Host` (DNS rebinding).
 *
 * @param hosts the host names, besides IP addresses and localhost, by which this process may be called
 */
export function decideAccess(caller: Caller, token: string | undefined, hosts: readonly string[]): Denial | undefined {
  const { via, method, origin, fetchSite } = caller;
  if (origin !== undefined || (fetchSite !== undefined && fetchSite !== 'none'))
    return { status: 403, message: 'a web page may not use this' };
  if (via === 'socket') return undefined;
  const isKnown = token !== undefined && isSameToken(caller.authorization, token);
  if (isKnown) return undefined;
  if (!isOwnHost(caller.host, hosts))
    return {
      status: 421,
      message: 'the header `Host` must be an address of this process, or the request needs the token',
    };
  if (method !== 'GET' && method !== 'HEAD') {
    const message =
      token === undefined ? 'over HTTP, this needs `admin.tokenFile` in the config' : 'this needs the token';
    return { status: token === undefined ? 403 : 401, message };
  }
  if (caller.hasCertificate || (token === undefined && caller.isLoopback)) return undefined;
  if (token !== undefined) return { status: 401, message: 'this needs the token or a client certificate' };
  return { status: 403, message: 'this needs a token or a client certificate, and the config has neither' };
}

/** The time that it takes tells nothing about the token, because digests are compared. */
function isSameToken(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token));
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function isOwnHost(header: string | undefined, hosts: readonly string[]): boolean {
  const [, inBrackets, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(header ?? '') ?? [];
  const host = (inBrackets ?? plain ?? '').toLowerCase();
  return isIP(host) !== 0 || host === 'localhost' || (host !== '' && hosts.includes(host));
}

/** Whether an address of a socket is one of loopback. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

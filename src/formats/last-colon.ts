import { splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Refusal } from '../model/format.js';

/**
 * Splits `host:port` at its last colon, for writers that always append a port and write IPv6 addresses without brackets (Go's `"%s:%d"`).
 * Brackets are accepted too. Use it for such writers only: elsewhere `fd00::1:80` may be an address without a port.
 */
export function splitLastColon(text: string): Endpoint | Refusal {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0));
  return host.includes(':') && !host.startsWith('[')
    ? splitEndpoint(`[${host}]${text.slice(colon)}`)
    : splitEndpoint(text);
}

import { splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Refusal } from '../model/format.js';

/**
 * Takes `host:port` apart at its last colon: for writers that always append a port and put no brackets around an IPv6
 * address (Go's `"%s:%d"`). Brackets are understood, too. Only for them: elsewhere `fd00::1:80` may be an address without a port.
 */
export function splitLastColon(text: string): Endpoint | Refusal {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0));
  return host.includes(':') && !host.startsWith('[')
    ? splitEndpoint(`[${host}]${text.slice(colon)}`)
    : splitEndpoint(text);
}

import type { NormalizedRegistration } from '../../model/registration.js';

/** `host:port` with IPv6 in brackets, or `scheme://host:port` when there is a scheme. */
export function joinEndpoint({
  scheme,
  address,
  port,
}: Pick<NormalizedRegistration, 'scheme' | 'address' | 'port'>): string {
  const endpoint = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return scheme === '' ? endpoint : `${scheme}://${endpoint}`;
}

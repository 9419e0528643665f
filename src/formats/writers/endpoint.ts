import type { NormalizedRegistration } from '../../model/registration.js';

/** `host:port`, IPv6 in brackets; before it the scheme, as in a URL, where there is one. */
export function joinEndpoint({
  scheme,
  address,
  port,
}: Pick<NormalizedRegistration, 'scheme' | 'address' | 'port'>): string {
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return scheme === '' ? place : `${scheme}://${place}`;
}

import { splitEndpoint } from '../model/endpoint.js';

/** One etcd member's client address. */
export interface Endpoint {
  /** As configured: what states, errors and logs show. */
  readonly name: string;
  readonly secure: boolean;
  /** Name or IP address, without brackets. */
  readonly host: string;
  /** What grpc resolves: names anew at each connection attempt, IP addresses at once. */
  readonly target: string;
}

const standardPort = 2379;

/**
 * An endpoint as people write it: `https://host:2379`, `http://[::1]:2379`, `host:2379`, `host`. Without a scheme it
 * is secure when there is a `tls` block; without a port, etcd's own 2379 is meant, as etcdctl does not.
 * Never throws.
 */
export function parseEndpoint(text: string, hasTls: boolean): Endpoint | { readonly problem: string } {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/./i.test(text)) return { problem: 'an endpoint has no path' };
  if (text.includes('@')) return { problem: 'user and password belong into `auth`, not into an endpoint' };
  const named = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const split = splitEndpoint(text.replace(/([^/])\/$/, '$1'));
  if ('rejected' in split) return { problem: split.reason };
  const scheme = split.scheme ?? (hasTls ? 'https' : 'http');
  if (scheme !== 'http' && scheme !== 'https')
    return { problem: `${JSON.stringify(scheme)} is no scheme of etcd: write http:// or https://` };
  if (split.host === '' || /[\s?#]/.test(split.host)) return { problem: 'there is no host name or address in it' };
  const written = /:\d+\/?$/.test(text.replace(/^.*\]/, ''));
  const port = named && !written ? standardPort : (split.port ?? standardPort);
  if (!(port >= 1 && port <= 65535)) return { problem: 'its port is not a number from 1 to 65535' };
  const host = split.host.replace(/^\[(.*)\]$/, '$1');
  return { name: text, secure: scheme === 'https', host, target: `dns:${split.host}:${port}` };
}

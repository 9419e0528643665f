import { splitEndpoint } from '../model/endpoint.js';

/** One etcd member's client address. */
export interface EtcdEndpoint {
  /** As configured. States, errors and logs show this. */
  readonly name: string;
  readonly secure: boolean;
  /** Name or IP address, without brackets. */
  readonly host: string;
  /** grpc's target. grpc resolves a name at each connection attempt. */
  readonly target: string;
}

const defaultPort = 2379;

/**
 * Parses an endpoint: `https://host:2379`, `http://[::1]:2379`, `host:2379` or `host`. Without a scheme, it is secure
 * when there is a `tls` block. Without a port, the port is 2379; etcdctl has no such default. Never throws.
 */
export function parseEndpoint(text: string, hasTls: boolean): EtcdEndpoint | { readonly problem: string } {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/./i.test(text)) return { problem: 'an endpoint must not have a path' };
  if (text.includes('@')) return { problem: 'put the user and the password into `auth`, not into the endpoint' };
  const named = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const split = splitEndpoint(text.replace(/([^/])\/$/, '$1'));
  if ('rejected' in split) return { problem: split.reason };
  const scheme = split.scheme ?? (hasTls ? 'https' : 'http');
  if (scheme !== 'http' && scheme !== 'https')
    return { problem: `the scheme ${JSON.stringify(scheme)} is not known: write http:// or https://` };
  if (split.host === '' || /[\s?#]/.test(split.host)) return { problem: 'it has no host name and no address' };
  const written = /:\d+\/?$/.test(text.replace(/^.*\]/, ''));
  const port = named && !written ? defaultPort : (split.port ?? defaultPort);
  if (!(port >= 1 && port <= 65535)) return { problem: 'its port is not a number from 1 to 65535' };
  const host = split.host.replace(/^\[(.*)\]$/, '$1');
  return { name: text, secure: scheme === 'https', host, target: `dns:${split.host}:${port}` };
}

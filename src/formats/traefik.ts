import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Decoded, Format, Fragment, KeyedFragment } from '../model/format.js';
import type { KeyLocator, ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { refuse } from './values.js';

const options = z.strictObject({});

/** Longest value that is decoded, in UTF-16 code units. */
const maxLength = 16_384;

/** Traefik 2 and 3: `<root>/http/services/<service>/loadBalancer/servers/<n>/url`, one key for each attribute. */
export const traefik = defineFormat({
  options,
  keys: {
    root: 'traefik/',
    patterns: [
      'http/services/<service>/loadBalancer/servers/<id>/<_>',
      'tcp/services/<service>/loadBalancer/servers/<id>/<_>',
      'udp/services/<service>/loadBalancer/servers/<id>/<_>',
    ],
    // Traefik ignores the case of field names.
    caseInsensitive: true,
  },
  create: (_, { keys }) => createTraefik('traefik', keys),
});

/** Traefik 1: `<root>/backends/<service>/servers/<name>/url`, one key for each attribute. */
export const traefikV1 = defineFormat({
  options,
  keys: { root: '/traefik/', patterns: ['backends/<service>/servers/<id>/<_>'], caseInsensitive: true },
  create: (_, { keys }) => createTraefik('traefik-v1', keys),
});

/** The protocol in a key of Traefik 2 and 3. */
const protocolPart = /(?:^|\/)(http|tcp|udp)\/services\/[^/]*\/loadbalancer\/servers\/[^/]*\/[^/]*$/i;

function createTraefik(name: string, keys: KeyLocator): Omit<Format, 'keys'> {
  return {
    name,
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return keys.matchesEnd(key) ? located : { ignored: 'not a server' };
      const { service, id, others } = located;
      const attribute = others.at(-1) ?? '';
      const protocol = protocolPart.exec(key)?.[1] ?? '';
      if (value.length > maxLength) return refuse('not-recognised', `the value is longer than ${maxLength} characters`);
      return decodeAttribute({ service, id }, attribute.toLowerCase(), protocol.toLowerCase(), value.trim());
    },
    assemble: (fragments) => {
      const servers = new Map<string, KeyedFragment[]>();
      for (const fragment of fragments) {
        const server = serverOf(fragment.key);
        const parts = servers.get(server);
        if (parts === undefined) servers.set(server, [fragment]);
        else parts.push(fragment);
      }
      return Array.from(servers.values(), mergeParts);
    },
  };
}

function decodeAttribute(located: ServiceKey, name: string, protocol: string, value: string): Decoded {
  const part = (fragment: Partial<Fragment>): Decoded => ({ fragments: [{ ...located, ...fragment }] });
  if (name === 'weight') return part(readWeight(value));
  if (name === 'tags') return part({ tags: value.split(',').flatMap((tag) => tag.trim() || []) });
  if (name === 'preservepath' || name === 'tls') return part({ metadata: { [name]: value } });
  if (name !== (protocol === 'tcp' || protocol === 'udp' ? 'address' : 'url')) return { ignored: 'another attribute' };
  const endpoint = splitEndpoint(value);
  if ('rejected' in endpoint) return endpoint;
  if ((name === 'url') !== (endpoint.scheme !== undefined))
    return refuse('not-recognised', name === 'url' ? 'the value is not a URL' : 'the value is not a host:port');
  const { host: address, scheme = protocol, port = schemePort(scheme) } = endpoint;
  return part({ address, port, scheme });
}

/** Traefik ignores a server whose weight is not above 0. */
function readWeight(value: string): Partial<Fragment> {
  if (!/^[+-]?\d{1,9}$/.test(value)) return { weight: NaN };
  const weight = Number(value);
  return weight > 0 ? { weight } : { weight: 0, status: 'critical' };
}

/** Identifies the server of a key by its root, protocol, service and number. The case of field names is ignored. */
function serverOf(key: string): string {
  return key
    .slice(0, key.lastIndexOf('/'))
    .replace(/\/loadbalancer\/servers\/([^/]*)$/i, '/servers/$1')
    .replace(/(^|\/)(http|tcp|udp)\/services\/(?=[^/]*\/servers\/[^/]*$)/i, (text) => text.toLowerCase());
}

/** Merges the fragments of one server. The result has the key of the first fragment. */
function mergeParts(parts: readonly KeyedFragment[]): KeyedFragment {
  const [first, ...rest] = parts as [KeyedFragment, ...KeyedFragment[]];
  if (rest.length === 0) return first;
  const whole: Record<string, unknown> = { ...first };
  for (const part of rest)
    for (const [name, value] of Object.entries(part))
      if (name === 'metadata') whole[name] = { ...(whole[name] as object | undefined), ...(value as object) };
      else if (whole[name] === undefined) whole[name] = value;
  return whole as unknown as KeyedFragment;
}

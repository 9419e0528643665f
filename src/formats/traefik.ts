import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Decoded, Format, Fragment, KeyedFragment } from '../model/format.js';
import type { Locator, ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { refuse } from './values.js';

const options = z.strictObject({});

/** Longest value looked at, in UTF-16 code units. */
const longest = 16_384;

/** Traefik 2 and 3: `<root>/http/services/<service>/loadBalancer/servers/<n>/url`, one attribute a key. */
export const traefik = defineFormat({
  options,
  keys: {
    root: 'traefik/',
    patterns: [
      'http/services/<service>/loadBalancer/servers/<id>/<_>',
      'tcp/services/<service>/loadBalancer/servers/<id>/<_>',
      'udp/services/<service>/loadBalancer/servers/<id>/<_>',
    ],
    // Names of fields count in any case.
    caseless: true,
  },
  create: (_, { keys }) => createTraefik('traefik', keys),
});

/** Traefik 1: `<root>/backends/<service>/servers/<name>/url`, one attribute a key. */
export const traefikV1 = defineFormat({
  options,
  keys: { root: '/traefik/', patterns: ['backends/<service>/servers/<id>/<_>'], caseless: true },
  create: (_, { keys }) => createTraefik('traefik-v1', keys),
});

/** Of modern keys, anywhere in front of the service. */
const protocolPart = /(?:^|\/)(http|tcp|udp)\/services\/[^/]*\/loadbalancer\/servers\/[^/]*\/[^/]*$/i;

function createTraefik(name: string, keys: Locator): Omit<Format, 'keys'> {
  return {
    name,
    decode({ key, value }) {
      const place = keys.locate(key);
      if ('rejected' in place) return keys.endsLikeOne(key) ? place : { ignored: 'no server' };
      const { service, id, others } = place;
      const attribute = others.at(-1) ?? '';
      const protocol = protocolPart.exec(key)?.[1] ?? '';
      if (value.length > longest) return refuse('not-recognised', `the value is longer than ${longest} characters`);
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
      return Array.from(servers.values(), join);
    },
  };
}

function decodeAttribute(place: ServiceKey, name: string, protocol: string, value: string): Decoded {
  const part = (fragment: Partial<Fragment>): Decoded => ({ fragments: [{ ...place, ...fragment }] });
  if (name === 'weight') return part(readWeight(value));
  if (name === 'tags') return part({ tags: value.split(',').flatMap((tag) => tag.trim() || []) });
  if (name === 'preservepath' || name === 'tls') return part({ metadata: { [name]: value } });
  if (name !== (protocol === 'tcp' || protocol === 'udp' ? 'address' : 'url')) return { ignored: 'another attribute' };
  const endpoint = splitEndpoint(value);
  if ('rejected' in endpoint) return endpoint;
  if ((name === 'url') !== (endpoint.scheme !== undefined))
    return refuse('not-recognised', name === 'url' ? 'the value is no URL' : 'the value is no host:port');
  const { host: address, scheme = protocol, port = schemePort(scheme) } = endpoint;
  return part({ address, port, scheme });
}

/** Traefik drops a server whose weight is not above zero. */
function readWeight(value: string): Partial<Fragment> {
  if (!/^[+-]?\d{1,9}$/.test(value)) return { weight: NaN };
  const weight = Number(value);
  return weight > 0 ? { weight } : { weight: 0, status: 'critical' };
}

/** Its root and protocol, service and number: the case of the fields between them does not count. */
function serverOf(key: string): string {
  return key
    .slice(0, key.lastIndexOf('/'))
    .replace(/\/loadbalancer\/servers\/([^/]*)$/i, '/servers/$1')
    .replace(/(^|\/)(http|tcp|udp)\/services\/(?=[^/]*\/servers\/[^/]*$)/i, (text) => text.toLowerCase());
}

/** What one server's keys say together. The key of the first one stands for it. */
function join(parts: readonly KeyedFragment[]): KeyedFragment {
  const [first, ...rest] = parts as [KeyedFragment, ...KeyedFragment[]];
  if (rest.length === 0) return first;
  const whole: Record<string, unknown> = { ...first };
  for (const part of rest)
    for (const [name, value] of Object.entries(part))
      if (name === 'metadata') whole[name] = { ...(whole[name] as object | undefined), ...(value as object) };
      else if (whole[name] === undefined) whole[name] = value;
  return whole as unknown as KeyedFragment;
}

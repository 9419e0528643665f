import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, resolveServiceKey } from './record.js';
import { readLabels, refuse, toText } from './values.js';

const read = readNames({
  name: ['name'],
  version: ['version'],
  metadata: ['metadata'],
  endpoints: ['endpoints'],
});

/** go-kratos/kratos contrib/registry/etcd, and go-dev-frame/sponge: one key per process, one endpoint per transport. */
export const kratos = defineFormat({
  options: z.strictObject({}),
  // A service's name may contain slashes.
  keys: { root: '/microservices/', patterns: ['<service...>/<id>'] },
  create: (_, { trustValue, keys }) => ({
    name: 'kratos',
    decode({ key, value }) {
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const values = read(record.object);
      const serviceKey = resolveServiceKey(located, values.name, trustValue);
      return 'rejected' in serviceKey ? serviceKey : decodeEndpoints(serviceKey, values);
    },
  }),
});

function decodeEndpoints(
  { service, id }: ServiceKey,
  values: ReturnType<typeof read>,
): Refusal | { fragments: readonly Fragment[] } {
  const { endpoints = [] } = values;
  if (!Array.isArray(endpoints)) return refuse('not-recognised', 'the endpoints are not a list');
  const labels = readLabels(undefined, values.metadata);
  if ('rejected' in labels) return labels;
  const version = toText(values.version);
  if (version === null) return refuse('not-recognised', 'the version is not text');
  const weight = readWeight(labels.metadata?.weight);
  const fragments: Fragment[] = [];
  for (const item of endpoints as unknown[]) {
    if (typeof item !== 'string') return refuse('not-recognised', 'an endpoint is not text');
    // kratos writes a scheme alone when it cannot determine the server's address.
    if (/^[a-z]+:(?:\/\/)?$/i.test(item)) continue;
    const endpoint = splitEndpoint(item);
    if ('rejected' in endpoint) return endpoint;
    const { host: address, port = schemePort(endpoint.scheme) } = endpoint;
    fragments.push({
      service,
      id,
      address,
      port,
      scheme: readScheme(item, endpoint.scheme),
      version,
      weight,
      ...labels,
    });
  }
  return { fragments };
}

/** kratos 2.0.4 to 2.3.0 wrote TLS as the query parameter `isSecure`. */
function readScheme(text: string, scheme: string | undefined): string | undefined {
  const secure = /[?&]isSecure=(?:true|t|1)(?=[&#]|$)/i.test(text);
  return secure && (scheme === 'http' || scheme === 'grpc') ? `${scheme}s` : scheme;
}

/** kratos uses a weight of 100 in place of a text that is not a number. */
function readWeight(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : 100;
}

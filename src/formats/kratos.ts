import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, checkName } from './record.js';
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
  // A service's name may have slashes.
  keys: { root: '/microservices/', patterns: ['<service...>/<id>'] },
  create: (_, { trustValue, keys }) => ({
    name: 'kratos',
    decode({ key, value }) {
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const values = read(record.object);
      const named = checkName(place, values.name, trustValue);
      return 'rejected' in named ? named : decodeEndpoints(named, values);
    },
  }),
});

function decodeEndpoints(
  { service, id }: ServiceKey,
  values: ReturnType<typeof read>,
): Refusal | { fragments: readonly Fragment[] } {
  const { endpoints = [] } = values;
  if (!Array.isArray(endpoints)) return refuse('not-recognised', 'the endpoints are no list');
  const labels = readLabels(undefined, values.metadata);
  if ('rejected' in labels) return labels;
  const version = toText(values.version);
  if (version === null) return refuse('not-recognised', 'the version is no text');
  const weight = readWeight(labels.metadata?.weight);
  const fragments: Fragment[] = [];
  for (const item of endpoints as unknown[]) {
    if (typeof item !== 'string') return refuse('not-recognised', 'an endpoint is no text');
    // What the writer makes of a server whose address it could not find.
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

/** Versions 2.0.4 to 2.3.0 wrote TLS as a query. */
function readScheme(text: string, scheme: string | undefined): string | undefined {
  const secure = /[?&]isSecure=(?:true|t|1)(?=[&#]|$)/i.test(text);
  return secure && (scheme === 'http' || scheme === 'grpc') ? `${scheme}s` : scheme;
}

/** kratos ignores what is no number, and counts 100 for it. */
function readWeight(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : 100;
}

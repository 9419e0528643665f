import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Entry } from '../model/entry.js';
import type { Decoded, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { LocatedKey, ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const options = z.strictObject({});
const read = readNames({ address: ['address'], weight: ['weight'], tags: ['tags'] });

/** kitex-contrib/registry-etcd. It writes IPv6 addresses without brackets. */
export const kitex = defineFormat({
  options,
  keys: { root: 'kitex/registry-etcd/', patterns: ['<service>/<id>'] },
  create: (_, { keys }) => ({
    name: 'kitex',
    decode: (entry) => decodeWith(entry, keys.locate(entry.key), splitLastColon),
  }),
});

/** hertz-contrib/registry/etcd. The values are those of kitex, but IPv6 addresses have brackets. */
export const hertz = defineFormat({
  options,
  // The writer fixes the root. A service's name may contain slashes.
  keys: { root: 'hertz/registry-etcd/', patterns: ['<service...>/<id>'] },
  create: (_, { keys }) => ({
    name: 'hertz',
    decode: (entry) => decodeWith(entry, keys.locate(entry.key), splitEndpoint),
  }),
});

function decodeWith({ value }: Entry, located: LocatedKey | Refusal, split: typeof splitEndpoint): Decoded {
  const record = parseObject(value);
  if ('rejected' in record) return record;
  if ('rejected' in located) return located;
  return decodeValue(located, read(record.object), split);
}

function decodeValue(
  { service, id }: ServiceKey,
  values: ReturnType<typeof read>,
  split: typeof splitEndpoint,
): Decoded {
  const { address: text = '' } = values;
  if (typeof text !== 'string') return refuse('bad-address', 'the address is not text');
  const endpoint = split(text);
  if ('rejected' in endpoint) return endpoint;
  if (endpoint.scheme !== undefined) return refuse('bad-address', 'the address is a URL');
  const labels = readLabels(undefined, values.tags);
  if ('rejected' in labels) return labels;
  const weight = toNumber(values.weight) ?? 0;
  return {
    fragments: [
      // The readers of kitex use 10 for a weight that is not above 0.
      { service, id, address: endpoint.host, port: endpoint.port, weight: weight <= 0 ? 10 : weight, ...labels },
    ],
  };
}

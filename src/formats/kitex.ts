import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Entry } from '../model/entry.js';
import type { Decoded, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { KeyPlace, ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const options = z.strictObject({});
const read = readNames({ address: ['address'], weight: ['weight'], tags: ['tags'] });

/** kitex-contrib/registry-etcd. It puts no brackets around IPv6 addresses. */
export const kitex = defineFormat({
  options,
  keys: { root: 'kitex/registry-etcd/', patterns: ['<service>/<id>'] },
  create: (_, { keys }) => ({
    name: 'kitex',
    decode: (entry) => decodeWith(entry, keys.locate(entry.key), splitLastColon),
  }),
});

/** hertz-contrib/registry/etcd. The values are those of kitex, but IPv6 addresses stand in brackets. */
export const hertz = defineFormat({
  options,
  // The root is fixed by the writer. A service's name may have slashes.
  keys: { root: 'hertz/registry-etcd/', patterns: ['<service...>/<id>'] },
  create: (_, { keys }) => ({
    name: 'hertz',
    decode: (entry) => decodeWith(entry, keys.locate(entry.key), splitEndpoint),
  }),
});

function decodeWith({ value }: Entry, place: KeyPlace | Refusal, split: typeof splitEndpoint): Decoded {
  const record = parseObject(value);
  if ('rejected' in record) return record;
  if ('rejected' in place) return place;
  return decodeValue(place, read(record.object), split);
}

function decodeValue(
  { service, id }: ServiceKey,
  values: ReturnType<typeof read>,
  split: typeof splitEndpoint,
): Decoded {
  const { address: text = '' } = values;
  if (typeof text !== 'string') return refuse('bad-address', 'the address is no text');
  const endpoint = split(text);
  if ('rejected' in endpoint) return endpoint;
  if (endpoint.scheme !== undefined) return refuse('bad-address', 'the address is a URL');
  const labels = readLabels(undefined, values.tags);
  if ('rejected' in labels) return labels;
  const weight = toNumber(values.weight) ?? 0;
  return {
    fragments: [
      // Its readers take 10 for what is not above zero.
      { service, id, address: endpoint.host, port: endpoint.port, weight: weight <= 0 ? 10 : weight, ...labels },
    ],
  };
}

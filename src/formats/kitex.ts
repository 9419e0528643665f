import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Entry } from '../model/entry.js';
import type { Decoded, Format } from '../model/format.js';
import { readNames } from './fields.js';
import { isDirectory, splitKey, splitPath } from './key.js';
import type { Place } from './key.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const options = z.strictObject({});
const read = readNames({ address: ['address'], weight: ['weight'], tags: ['tags'] });

/** kitex-contrib/registry-etcd. It puts no brackets around IPv6 addresses. */
export const kitex = defineFormat({
  options,
  create: (): Format => ({
    name: 'kitex',
    decode: (entry) => decodeWith(entry, splitKey(entry.key, 1), splitLastColon),
  }),
});

/** Fixed by the writer. A service's name may have slashes. */
const hertzRoot = /^\/?hertz\/registry-etcd\//;

/** hertz-contrib/registry/etcd. The values are those of kitex, but IPv6 addresses stand in brackets. */
export const hertz = defineFormat({
  options,
  create: (): Format => ({
    name: 'hertz',
    decode(entry) {
      const root = hertzRoot.exec(entry.key)?.[0];
      const place = root === undefined ? splitKey(entry.key, 1) : splitPath(entry.key.slice(root.length), undefined);
      return decodeWith(entry, place, splitEndpoint);
    },
  }),
});

function decodeWith({ key, value }: Entry, place: ReturnType<typeof splitKey>, split: typeof splitEndpoint): Decoded {
  if (isDirectory(key, value)) return { ignored: 'a directory' };
  const record = parseObject(value);
  if ('rejected' in record) return record;
  if ('rejected' in place) return place;
  return decodeValue(place, read(record.object), split);
}

function decodeValue(place: Place, values: ReturnType<typeof read>, split: typeof splitEndpoint): Decoded {
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
      { ...place, address: endpoint.host, port: endpoint.port, weight: weight <= 0 ? 10 : weight, ...labels },
    ],
  };
}

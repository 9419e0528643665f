import { z } from 'zod';
import { parseAddress } from '../model/address.js';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { readNames, readPath } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';
import { parseObject, checkName } from './record.js';
import { toStatus } from './status.js';
import { readLabels, refuse, toNumber, toText } from './values.js';

const usualNames = {
  address: ['address', 'addr', 'host', 'ip', 'hostname'],
  port: ['port'],
  weight: ['weight'],
  scheme: ['scheme', 'protocol'],
  zone: ['zone'],
  version: ['version'],
  tags: ['tags'],
  metadata: ['metadata', 'meta'],
  status: ['status', 'health', 'healthy'],
  service: ['service', 'serviceName', 'name'],
} as const;

type Field = keyof typeof usualNames;
const fieldNames = Object.keys(usualNames) as Field[];

export const jsonOptions = z.strictObject({
  defaultPort: portOption,
  /** Where a field is, in place of its usual names: a path such as `node.ip` or `endpoints.0.host`. */
  fields: z
    .partialRecord(
      z.enum(fieldNames),
      z
        .string()
        .min(1)
        .meta({ description: `Path such as \`node.ip\`, for one of ${fieldNames.join(', ')}.` }),
    )
    .default({})
    .meta({ description: 'Where fields of a JSON value are, in place of their usual names.' }),
  /** What a weight of 0 means: no new traffic, or that the writer never set it. */
  zeroWeight: z.enum(['drain', 'unset']).default('drain').meta({
    description: 'Whether a weight of 0 asks for no new traffic, or means that the writer never set one.',
  }),
});

/** A JSON object with the usual names. The same name twice in one object: the last one counts, as JSON.parse has it. */
export const json = defineFormat({
  options: jsonOptions,
  keys: { patterns: ['<service>/<id>'] },
  create(options, { trustValue, keys }) {
    const read = createReader(options.fields);
    return {
      name: 'json',
      decode({ key, value }) {
        const record = parseObject(value);
        if ('rejected' in record) return record;
        const place = keys.locate(key);
        if ('rejected' in place) return place;
        const values = read(record.object);
        const named = checkName(place, values.service, trustValue);
        if ('rejected' in named) return named;
        const fragment = decodeObject(values, named, options);
        return 'rejected' in fragment ? fragment : { fragments: [fragment] };
      },
    };
  },
});

type Options = z.output<typeof jsonOptions>;
type Values = Readonly<Partial<Record<Field, unknown>>>;

function createReader(paths: Options['fields']): (record: object) => Values {
  const byPath = fieldNames.flatMap((field) => {
    const path = paths[field];
    return path === undefined ? [] : [[field, readPath(path)] as const];
  });
  const byName = readNames(Object.fromEntries(Object.entries(usualNames).filter(([field]) => !(field in paths))));
  if (byPath.length === 0) return byName;
  return (record) => ({
    ...byName(record),
    ...Object.fromEntries(byPath.map(([field, read]) => [field, read(record)])),
  });
}

function decodeObject(values: Values, { service, id }: ServiceKey, options: Options): Fragment | Refusal {
  const endpoint = readEndpoint(values.address, values.port, options.defaultPort);
  if ('rejected' in endpoint) return endpoint;
  const labels = readLabels(values.tags, values.metadata);
  if ('rejected' in labels) return labels;
  const zone = toText(values.zone);
  const version = toText(values.version);
  const scheme = toText(values.scheme);
  if (zone === null || version === null || scheme === null)
    return refuse('not-recognised', 'the scheme, the zone or the version is no text');
  const weight = toNumber(values.weight);
  const status = toStatus(values.status);
  if (status === null) return refuse('bad-status', 'the status is no word that is known');
  return {
    service,
    id,
    address: endpoint.host === '' ? undefined : endpoint.host,
    port: endpoint.port,
    weight: weight === 0 && options.zeroWeight === 'unset' ? undefined : weight,
    scheme: scheme?.toLowerCase() ?? endpoint.scheme,
    zone,
    version,
    tags: labels.tags,
    metadata: labels.metadata,
    status,
  };
}

/** The address may bring its port along. A port field of 0 beside it was never set; any other must agree. */
function readEndpoint(address: unknown, port: unknown, defaultPort: number | undefined): Endpoint | Refusal {
  if (address === undefined) return { host: '' };
  if (typeof address !== 'string') return refuse('bad-address', 'the address is no text');
  const text = address.trim();
  const given = toNumber(port);
  // With a port of its own, an IPv6 address needs no brackets.
  const bare = given !== undefined && parseAddress(text) !== undefined;
  const endpoint = bare ? { host: text } : splitEndpoint(text);
  if ('rejected' in endpoint) return endpoint;
  const inside = endpoint.port;
  if (inside !== undefined && given !== undefined && given !== 0 && given !== inside)
    return refuse('bad-port', 'the address and the port field have different ports');
  const settled = inside ?? given ?? schemePort(endpoint.scheme) ?? defaultPort;
  return { host: endpoint.host, port: settled, scheme: endpoint.scheme };
}

import { z } from 'zod';
import { parseAddress } from '../model/address.js';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { readNames, readPath } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';
import { parseObject, resolveServiceKey } from './record.js';
import { toStatus } from './status.js';
import { readLabels, refuse, toNumber, toText } from './values.js';

const defaultNames = {
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

type Field = keyof typeof defaultNames;
const fieldNames = Object.keys(defaultNames) as Field[];

export const jsonOptions = z.strictObject({
  defaultPort: portOption,
  /** The path of a field, in place of its default names: `node.ip` or `endpoints.0.host`. */
  fields: z
    .partialRecord(
      z.enum(fieldNames),
      z
        .string()
        .min(1)
        .meta({ description: `Path such as \`node.ip\`, for one of ${fieldNames.join(', ')}.` }),
    )
    .default({})
    .meta({ description: 'Paths of fields in a JSON value, in place of their default names.' }),
  /** The meaning of a weight of 0: no new traffic, or no weight set by the writer. */
  zeroWeight: z.enum(['drain', 'unset']).default('drain').meta({
    description: '`drain`: a weight of 0 means no new traffic. `unset`: the writer set no weight.',
  }),
});

/** A JSON object with common field names. Of a name that occurs twice in one object, JSON.parse keeps the last value. */
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
        const located = keys.locate(key);
        if ('rejected' in located) return located;
        const values = read(record.object);
        const serviceKey = resolveServiceKey(located, values.service, trustValue);
        if ('rejected' in serviceKey) return serviceKey;
        const fragment = decodeObject(values, serviceKey, options);
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
  const byName = readNames(Object.fromEntries(Object.entries(defaultNames).filter(([field]) => !(field in paths))));
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
    return refuse('not-recognised', 'the scheme, the zone or the version is not text');
  const weight = toNumber(values.weight);
  const status = toStatus(values.status);
  if (status === null) return refuse('bad-status', 'the status is not a known word');
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

/** The address may contain the port. Then a port field of 0 counts as absent, and any other port field must be equal. */
function readEndpoint(address: unknown, port: unknown, defaultPort: number | undefined): Endpoint | Refusal {
  if (address === undefined) return { host: '' };
  if (typeof address !== 'string') return refuse('bad-address', 'the address is not text');
  const text = address.trim();
  const portField = toNumber(port);
  // When the port is a field of its own, an IPv6 address needs no brackets.
  const isBareAddress = portField !== undefined && parseAddress(text) !== undefined;
  const endpoint = isBareAddress ? { host: text } : splitEndpoint(text);
  if ('rejected' in endpoint) return endpoint;
  const portInAddress = endpoint.port;
  if (portInAddress !== undefined && portField !== undefined && portField !== 0 && portField !== portInAddress)
    return refuse('bad-port', 'the address and the port field have different ports');
  const resolvedPort = portInAddress ?? portField ?? schemePort(endpoint.scheme) ?? defaultPort;
  return { host: endpoint.host, port: resolvedPort, scheme: endpoint.scheme };
}

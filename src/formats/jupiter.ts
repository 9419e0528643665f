import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Decoded } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, resolveServiceKey } from './record.js';
import { readLabels, refuse, toText } from './values.js';

const read = readNames({ address: ['Addr'], metadataX: ['MetadataX'] });
const readMetadataX = readNames({
  name: ['name'],
  scheme: ['scheme'],
  weight: ['weight'],
  enable: ['enable'],
  healthy: ['healthy'],
  zone: ['zone'],
  version: ['version'],
  metadata: ['metadata'],
});

/** Fields that become metadata. */
const metadataFields = ['appId', 'region', 'mode', 'hostname', 'deployment', 'group'];

/** douyu/jupiter: `<scheme>:<name>:v1:<mode>/<address>`. */
export const jupiter = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service>/<id>'], encodedService: true },
  create: (_, { trustValue, keys }) => ({
    name: 'jupiter',
    decode({ key, value }) {
      // jupiter also writes keys that tell Prometheus where to scrape metrics.
      if (/(?:^|\/)prometheus\/job\/[^/]+\/[^/]+$/.test(key)) return { ignored: 'a target of Prometheus' };
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const service = located.serviceFromSource
        ? located.service
        : /^[^:]*:([^:]+):[^:]*:[^:]*$/.exec(located.service)?.[1];
      if (service === undefined) return refuse('key-mismatch', 'the key has no <scheme>:<name>:v1:<mode>');
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { address, metadataX = {} } = read(record.object);
      if (typeof metadataX !== 'object' || metadataX === null)
        return refuse('not-recognised', 'MetadataX is not an object');
      const serviceKey = resolveServiceKey({ service, id: located.id }, readMetadataX(metadataX).name, trustValue);
      return 'rejected' in serviceKey ? serviceKey : decodeMetadataX(serviceKey, address, metadataX);
    },
  }),
});

function decodeMetadataX({ service, id }: ServiceKey, address: unknown = '', metadataX: object): Decoded {
  const { enable = true, healthy = true, weight = 100, ...values } = readMetadataX(metadataX);
  if (typeof address !== 'string') return refuse('bad-address', 'the address is not text');
  const endpoint = splitEndpoint(address);
  if ('rejected' in endpoint) return endpoint;
  const own = Object.entries(metadataX).filter(([name, value]) => metadataFields.includes(name) && value !== '');
  const labels = readLabels(Object.fromEntries(own), values.metadata);
  if ('rejected' in labels) return labels;
  const [scheme, zone, version] = [toText(values.scheme), toText(values.zone), toText(values.version)];
  if (scheme === null || zone === null || version === null)
    return refuse('not-recognised', 'the scheme, the zone or the version is not text');
  if (typeof enable !== 'boolean' || typeof healthy !== 'boolean')
    return refuse('bad-status', 'the enable or the healthy field is not a boolean');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is not a number');
  const status = enable && healthy ? undefined : ('critical' as const);
  return {
    fragments: [
      {
        service,
        id,
        address: endpoint.host,
        port: endpoint.port,
        weight: roundWeight(weight),
        scheme,
        zone,
        version,
        status,
        ...labels,
      },
    ],
  };
}

/** Rounds a weight to an integer. A weight above 0 stays at least 1. */
function roundWeight(weight: number): number {
  return weight > 0 ? Math.max(1, Math.round(weight)) : weight;
}

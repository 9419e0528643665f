import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Decoded } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, checkName } from './record.js';
import { readLabels, refuse, toText } from './values.js';

const read = readNames({ address: ['Addr'], about: ['MetadataX'] });
const readAbout = readNames({
  name: ['name'],
  scheme: ['scheme'],
  weight: ['weight'],
  enable: ['enable'],
  healthy: ['healthy'],
  zone: ['zone'],
  version: ['version'],
  metadata: ['metadata'],
});

/** Fields that go along as metadata. */
const carried = ['appId', 'region', 'mode', 'hostname', 'deployment', 'group'];

/** douyu/jupiter: `<scheme>:<name>:v1:<mode>/<address>`. */
export const jupiter = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service>/<id>'], spelled: true },
  create: (_, { trustValue, keys }) => ({
    name: 'jupiter',
    decode({ key, value }) {
      // Where its metrics can be scraped.
      if (/(?:^|\/)prometheus\/job\/[^/]+\/[^/]+$/.test(key)) return { ignored: 'a target of Prometheus' };
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const service = place.named ? place.service : /^[^:]*:([^:]+):[^:]*:[^:]*$/.exec(place.service)?.[1];
      if (service === undefined) return refuse('key-mismatch', 'the key has no <scheme>:<name>:v1:<mode>');
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { address, about = {} } = read(record.object);
      if (typeof about !== 'object' || about === null) return refuse('not-recognised', 'MetadataX is no object');
      const named = checkName({ service, id: place.id }, readAbout(about).name, trustValue);
      return 'rejected' in named ? named : decodeAbout(named, address, about);
    },
  }),
});

function decodeAbout({ service, id }: ServiceKey, address: unknown = '', about: object): Decoded {
  const { enable = true, healthy = true, weight = 100, ...values } = readAbout(about);
  if (typeof address !== 'string') return refuse('bad-address', 'the address is no text');
  const endpoint = splitEndpoint(address);
  if ('rejected' in endpoint) return endpoint;
  const own = Object.entries(about).filter(([name, value]) => carried.includes(name) && value !== '');
  const labels = readLabels(Object.fromEntries(own), values.metadata);
  if ('rejected' in labels) return labels;
  const [scheme, zone, version] = [toText(values.scheme), toText(values.zone), toText(values.version)];
  if (scheme === null || zone === null || version === null)
    return refuse('not-recognised', 'the scheme, the zone or the version is no text');
  if (typeof enable !== 'boolean' || typeof healthy !== 'boolean')
    return refuse('bad-status', 'what says whether it is enabled or healthy is no boolean');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is no number');
  const status = enable && healthy ? undefined : ('critical' as const);
  return {
    fragments: [
      {
        service,
        id,
        address: endpoint.host,
        port: endpoint.port,
        weight: whole(weight),
        scheme,
        zone,
        version,
        status,
        ...labels,
      },
    ],
  };
}

/** The nearest whole weight; only 0 itself is none. */
function whole(weight: number): number {
  return weight > 0 ? Math.max(1, Math.round(weight)) : weight;
}

import { z } from 'zod';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, checkName } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const read = readNames({
  name: ['serviceName'],
  host: ['host'],
  port: ['port'],
  weight: ['weight'],
  enabled: ['enabled', 'enable'],
  healthy: ['healthy'],
  metadata: ['metadata'],
  tag: ['tag'],
  group: ['groupName'],
});

const readPort = readNames({ port: ['port'], protocol: ['protocol'] });

/** Apache Dubbo's application-level registration, of dubbo-go and of Java: `/services/<app>/<host>:<port>`. */
export const dubboApp = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/services/', patterns: ['<service>/<id>'] },
  create: (_, { trustValue, keys }) => ({
    name: 'dubbo-app',
    decode({ key, value }) {
      // Java puts the hash of its path under a directory.
      if (/^(?:-?\d{1,20})?$/.test(value)) return { ignored: 'a directory' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const values = read(record.object);
      const named = checkName(place, values.name, trustValue);
      return 'rejected' in named ? named : decodeValues(named, values);
    },
  }),
});

function decodeValues({ service, id }: ServiceKey, values: ReturnType<typeof read>): Decoded {
  const { host, enabled = true, healthy = true, weight = 0 } = values;
  if (host !== undefined && typeof host !== 'string') return refuse('bad-address', 'the host is no text');
  if (typeof enabled !== 'boolean' || typeof healthy !== 'boolean')
    return refuse('bad-status', 'what says whether it is enabled or healthy is no boolean');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is no number');
  const labels = readLabels(undefined, values.metadata);
  if ('rejected' in labels) return labels;
  const { 'dubbo.endpoints': list, ...rest } = labels.metadata ?? {};
  const metadata: Record<string, string> = rest;
  const ports = readPorts(list);
  if ('rejected' in ports) return ports;
  if (typeof values.tag === 'string') metadata.tag = values.tag;
  if (typeof values.group === 'string') metadata.group = values.group;
  const common: Fragment = {
    service,
    id,
    address: host,
    port: toNumber(values.port),
    weight: weight <= 0 ? 100 : weight,
    status: enabled && healthy ? undefined : 'critical',
    metadata,
  };
  return { fragments: ports.length === 0 ? [common] : ports.map((port) => ({ ...common, ...port })) };
}

/** One port for each protocol: JSON within a text. */
function readPorts(list: string | undefined): readonly Pick<Fragment, 'port' | 'scheme'>[] | Refusal {
  if (list === undefined || list === '') return [];
  const unlike = refuse('not-recognised', 'the list of endpoints is not valid');
  let items: unknown;
  try {
    items = JSON.parse(list);
  } catch {
    return unlike;
  }
  if (!Array.isArray(items)) return unlike;
  const ports: Pick<Fragment, 'port' | 'scheme'>[] = [];
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null) return unlike;
    const { port, protocol = '' } = readPort(item);
    if (typeof protocol !== 'string') return unlike;
    ports.push({ port: toNumber(port), scheme: protocol });
  }
  return ports;
}

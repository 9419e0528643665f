import { z } from 'zod';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { parseObject, resolveServiceKey } from './record.js';
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

/** Apache Dubbo's application-level registration, as dubbo-go and Dubbo for Java write it: `/services/<app>/<host>:<port>`. */
export const dubboApp = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/services/', patterns: ['<service>/<id>'] },
  create: (_, { trustValue, keys }) => ({
    name: 'dubbo-app',
    decode({ key, value }) {
      // Dubbo for Java writes a hash as the value of a directory.
      if (/^(?:-?\d{1,20})?$/.test(value)) return { ignored: 'a directory' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const values = read(record.object);
      const serviceKey = resolveServiceKey(located, values.name, trustValue);
      return 'rejected' in serviceKey ? serviceKey : decodeValues(serviceKey, values);
    },
  }),
});

function decodeValues({ service, id }: ServiceKey, values: ReturnType<typeof read>): Decoded {
  const { host, enabled = true, healthy = true, weight = 0 } = values;
  if (host !== undefined && typeof host !== 'string') return refuse('bad-address', 'the host is not text');
  if (typeof enabled !== 'boolean' || typeof healthy !== 'boolean')
    return refuse('bad-status', 'the enabled or the healthy field is not a boolean');
  if (typeof weight !== 'number') return refuse('bad-weight', 'the weight is not a number');
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

/** Reads `dubbo.endpoints`, a JSON list in a text: one port for each protocol. */
function readPorts(list: string | undefined): readonly Pick<Fragment, 'port' | 'scheme'>[] | Refusal {
  if (list === undefined || list === '') return [];
  const invalid = refuse('not-recognised', 'the list of endpoints is not valid');
  let items: unknown;
  try {
    items = JSON.parse(list);
  } catch {
    return invalid;
  }
  if (!Array.isArray(items)) return invalid;
  const ports: Pick<Fragment, 'port' | 'scheme'>[] = [];
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null) return invalid;
    const { port, protocol = '' } = readPort(item);
    if (typeof protocol !== 'string') return invalid;
    ports.push({ port: toNumber(port), scheme: protocol });
  }
  return ports;
}

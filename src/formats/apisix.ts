import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames, readPath } from './fields.js';
import { defineFormat } from './kind.js';
import { parseObject, resolveServiceKey } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const read = readNames({ name: ['name'], scheme: ['scheme'], nodes: ['nodes'], discovery: ['service_name'] });
const readNode = readNames({
  host: ['host'],
  port: ['port'],
  weight: ['weight'],
  priority: ['priority'],
  metadata: ['metadata'],
});
const readUpstream = readPath('upstream');
const readStatus = readPath('status');
const readName = readPath('name');

/** The ports of nodes that have none, by scheme: APISIX's `scheme_to_port`. */
const schemePorts: Readonly<Record<string, number>> = { http: 80, https: 443, grpc: 80, grpcs: 443 };

/** Apache APISIX: upstreams, and routes and services that contain their own upstream. One key holds all instances. */
export const apisix = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/apisix/', patterns: ['upstreams/<service>', 'routes/<service>', 'services/<service>'] },
  create: (_, { trustValue, keys }) => ({
    name: 'apisix',
    decode({ key, value }) {
      if (value === 'init_dir') return { ignored: 'a directory' };
      const located = keys.locate(key);
      if ('rejected' in located) return keys.matchesEnd(key) ? located : { ignored: 'not an upstream' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      // Routes and services contain their upstream as a field.
      const isUpstream = key.slice(0, key.lastIndexOf('/')).endsWith('upstreams');
      const upstream = isUpstream ? record.object : readUpstream(record.object);
      if (typeof upstream !== 'object' || upstream === null) return { ignored: 'its upstream is in another key' };
      const values = read(upstream);
      if (values.nodes === undefined && values.discovery !== undefined)
        return { ignored: 'APISIX resolves it by service discovery' };
      const { scheme = 'http' } = values;
      const name = values.name ?? readName(record.object) ?? located.service;
      if (typeof name !== 'string' || typeof scheme !== 'string')
        return refuse('not-recognised', 'the name or the scheme is not text');
      const serviceKey = resolveServiceKey(located, name, trustValue);
      if ('rejected' in serviceKey) return serviceKey;
      // A status of 0 disables the route.
      const status = readStatus(record.object) === 0 ? 'critical' : undefined;
      return decodeNodes({ service: serviceKey.service, id: located.service, scheme, status }, values.nodes);
    },
  }),
});

function decodeNodes(common: Fragment & { scheme: string }, nodes: unknown): Decoded {
  if (typeof nodes !== 'object' || nodes === null) return refuse('not-recognised', 'the nodes are not a list');
  const list: readonly unknown[] = Array.isArray(nodes)
    ? nodes
    : Object.entries(nodes).map(([host, weight]) => ({ host, weight: weight as unknown }));
  const fragments: Fragment[] = [];
  for (const item of list) {
    if (typeof item !== 'object' || item === null) return refuse('not-recognised', 'a node is not an object');
    const node = readNode(item);
    const endpoint = readHost(node.host, node.port);
    if ('rejected' in endpoint) return endpoint;
    const labels = readLabels({ priority: node.priority ?? 0 }, node.metadata);
    if ('rejected' in labels) return labels;
    const port = endpoint.port ?? schemePorts[common.scheme];
    fragments.push({ ...common, address: endpoint.host, port, weight: toNumber(node.weight), ...labels });
  }
  return { fragments };
}

function readHost(host: unknown, port: unknown): Endpoint | Refusal {
  if (typeof host !== 'string') return refuse('bad-address', 'the host of a node is not text');
  return port === undefined ? splitEndpoint(host) : { host, port: toNumber(port) };
}

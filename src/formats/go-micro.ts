import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber, toText } from './values.js';

const read = readNames({ name: ['name'], version: ['version'], nodes: ['nodes'] });
const readNode = readNames({ id: ['id'], address: ['address'], port: ['port'], metadata: ['metadata'] });

/** Subscriptions of the HTTP broker stand in the same tree. */
const broker = 'micro.http.broker';

/** micro/go-micro registry/etcd and go-micro/plugins: `/micro/registry/<name>/<id>`, both with `-` for `/`. */
export const goMicro = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/micro/registry/', patterns: ['<service>/<id>'], spelled: true },
  create: (_, { trustValue, keys }) => ({
    name: 'go-micro',
    decode({ key, value }) {
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      if (place.service === broker) return { ignored: 'a subscription' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { name = place.service, version: given, nodes = [] } = read(record.object);
      const version = toText(given);
      if (typeof name !== 'string' || version === null)
        return refuse('not-recognised', 'the name or the version is no text');
      // The key does not tell `a/b` from `a-b`; the value does.
      if (!trustValue && !place.named && name.replaceAll('/', '-') !== place.service)
        return refuse('name-mismatch', 'the value names another service than its key');
      if (!Array.isArray(nodes)) return refuse('not-recognised', 'the nodes are no list');
      return decodeNodes({ service: place.named && !trustValue ? place.service : name, id: place.id, version }, nodes);
    },
  }),
});

function decodeNodes(common: Fragment, nodes: readonly unknown[]): Decoded {
  const fragments: Fragment[] = [];
  for (const node of nodes) {
    if (typeof node !== 'object' || node === null) return refuse('not-recognised', 'a node is no object');
    const { id = common.id, address = '', port, metadata } = readNode(node);
    if (typeof id !== 'string' || typeof address !== 'string')
      return refuse('not-recognised', 'the id or the address of a node is no text');
    const endpoint = splitNode(address);
    if ('rejected' in endpoint) return endpoint;
    const labels = readLabels(undefined, metadata);
    if ('rejected' in labels) return labels;
    const protocol = labels.metadata?.protocol;
    fragments.push({
      ...common,
      id,
      address: endpoint.host,
      // Up to version 1.7 the port stood by itself.
      port: endpoint.port ?? toNumber(port),
      scheme: protocol === 'grpc' || protocol === 'http' ? protocol : undefined,
      ...labels,
    });
  }
  return { fragments };
}

/** Its web server puts an IPv6 address in brackets twice. */
function splitNode(address: string): Endpoint | Refusal {
  return splitEndpoint(address.replace(/^\[\[([^[\]]*)\]\]/, '[$1]'));
}

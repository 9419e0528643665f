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

/** The HTTP broker keeps its subscriptions in the same tree, under this name. */
const broker = 'micro.http.broker';

/** micro/go-micro registry/etcd and go-micro/plugins: `/micro/registry/<name>/<id>`, both with `-` in place of `/`. */
export const goMicro = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/micro/registry/', patterns: ['<service>/<id>'], encodedService: true },
  create: (_, { trustValue, keys }) => ({
    name: 'go-micro',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      if (located.service === broker) return { ignored: 'a subscription' };
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { name = located.service, version: rawVersion, nodes = [] } = read(record.object);
      const version = toText(rawVersion);
      if (typeof name !== 'string' || version === null)
        return refuse('not-recognised', 'the name or the version is not text');
      // `a/b` and `a-b` have the same key. Only the value has the exact name.
      if (!trustValue && !located.serviceFromSource && name.replaceAll('/', '-') !== located.service)
        return refuse('name-mismatch', 'the value names another service than its key');
      if (!Array.isArray(nodes)) return refuse('not-recognised', 'the nodes are not a list');
      return decodeNodes(
        { service: located.serviceFromSource && !trustValue ? located.service : name, id: located.id, version },
        nodes,
      );
    },
  }),
});

function decodeNodes(common: Fragment, nodes: readonly unknown[]): Decoded {
  const fragments: Fragment[] = [];
  for (const node of nodes) {
    if (typeof node !== 'object' || node === null) return refuse('not-recognised', 'a node is not an object');
    const { id = common.id, address = '', port, metadata } = readNode(node);
    if (typeof id !== 'string' || typeof address !== 'string')
      return refuse('not-recognised', 'the id or the address of a node is not text');
    const endpoint = splitNode(address);
    if ('rejected' in endpoint) return endpoint;
    const labels = readLabels(undefined, metadata);
    if ('rejected' in labels) return labels;
    const protocol = labels.metadata?.protocol;
    fragments.push({
      ...common,
      id,
      address: endpoint.host,
      // go-micro up to version 1.7 wrote the port as a field of its own.
      port: endpoint.port ?? toNumber(port),
      scheme: protocol === 'grpc' || protocol === 'http' ? protocol : undefined,
      ...labels,
    });
  }
  return { fragments };
}

/** go-micro's web server writes an IPv6 address in two pairs of brackets. */
function splitNode(address: string): Endpoint | Refusal {
  return splitEndpoint(address.replace(/^\[\[([^[\]]*)\]\]/, '[$1]'));
}

import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import { defineFormat } from './kind.js';
import { refuse } from './values.js';

/** Longest value that is decoded, in UTF-16 code units. */
const maxLength = 16_384;

/** Parameters that do not become metadata: instance fields, and counters that change with every refresh. */
const excludedParameters: ReadonlySet<string> = new Set(['weight', 'state', 'calls', 'connections']);

/** rpcxio/rpcx-etcd: `<base>/<service>/<network>@<host:port>`, with a URL query as value. */
export const rpcx = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service>/<id>'] },
  create: (_, { keys }) => ({
    name: 'rpcx',
    decode({ key, value }) {
      const last = key.slice(key.lastIndexOf('/') + 1);
      if (!last.includes('@') && (value === 'rpcx_path' || value === last)) return { ignored: 'a directory' };
      if (key.includes('/unix@')) return refuse('bad-address', 'a Unix socket cannot be reached from another machine');
      if (value.length > maxLength) return refuse('not-recognised', `the value is longer than ${maxLength} characters`);
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const [, network = 'tcp', text = ''] = /^(?:([a-z0-9+.-]*)@)?(.*)$/is.exec(last) ?? [];
      if (!text.includes(':')) return refuse('not-recognised', 'the key does not end in host:port');
      const endpoint = splitEndpoint(text);
      if ('rejected' in endpoint) return endpoint;
      const scheme = network === '' ? 'tcp' : network.toLowerCase();
      const { service, id } = located;
      return { fragments: [{ service, id, address: endpoint.host, port: endpoint.port, scheme, ...readQuery(value) }] };
    },
  }),
});

function readQuery(value: string) {
  const query = new URLSearchParams(value);
  const metadata = Object.create(null) as Record<string, string>;
  for (const [name, text] of query) {
    if (excludedParameters.has(name)) continue;
    const before = metadata[name];
    metadata[name] = before === undefined ? text : `${before},${text}`;
  }
  const weight = query.get('weight') ?? '';
  return {
    // rpcx clients use 1 for a weight that is not a number.
    weight: /^[+-]?\d{1,9}$/.test(weight) ? Number(weight) : 1,
    status: query.get('state') === 'inactive' ? ('critical' as const) : undefined,
    metadata,
  };
}

import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Fragment } from '../model/format.js';
import { readNames } from './fields.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { readLabels, toNumber } from './values.js';

const read = readNames({ protocol: ['protocol'], weight: ['weight'] });

/**
 * gogf/gf contrib/registry/etcd: `/<head>/<deployment>/<namespace>/<name>/<version>/<host:port,host:port>`, with the
 * metadata as value. A server that listens on all interfaces registers all addresses of its host in one key.
 */
export const goframe = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/service/default/default/', patterns: ['<service>/<_>/<id>'] },
  create: (_, { keys }) => ({
    name: 'goframe',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const { service, id, others } = located;
      const version = others.at(-1) ?? '';
      const record = value.trim() === '' ? { object: {} } : parseObject(value);
      if ('rejected' in record) return record;
      const labels = readLabels(undefined, record.object);
      if ('rejected' in labels) return labels;
      const { protocol, weight } = read(record.object);
      const fragments: Fragment[] = [];
      for (const text of id.split(',')) {
        const endpoint = splitEndpoint(text);
        if ('rejected' in endpoint) return endpoint;
        fragments.push({
          service,
          id,
          address: endpoint.host,
          port: endpoint.port,
          version,
          scheme: typeof protocol === 'string' ? protocol : undefined,
          weight: toNumber(weight),
          ...labels,
        });
      }
      return { fragments };
    },
  }),
});

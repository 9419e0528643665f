import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Format, Fragment } from '../model/format.js';
import { readNames } from './fields.js';
import { isDirectory } from './key.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const read = readNames({ protocol: ['protocol'], weight: ['weight'] });

/**
 * gogf/gf contrib/registry/etcd: `/<head>/<deployment>/<namespace>/<name>/<version>/<host:port,host:port>`, with the
 * metadata as value. A server on every interface registers all addresses of its host.
 */
export const goframe = defineFormat({
  options: z.strictObject({}),
  create: (): Format => ({
    name: 'goframe',
    decode({ key, value }) {
      if (isDirectory(key, value)) return { ignored: 'a directory' };
      const [id = '', version = '', service = '', namespace = '', deployment = ''] = key.split('/').reverse();
      if ([id, version, service, namespace, deployment].includes(''))
        return refuse('no-service', 'the key has no deployment, namespace, name, version and address');
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

import { z } from 'zod';
import { readNames } from './fields.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const read = readNames({
  host: ['host'],
  port: ['port'],
  weight: ['weight'],
  options: ['haproxy_server_options'],
  labels: ['labels'],
});

/** airbnb/nerve: `<etcd_path>/<instance id>/<serial number>`. The path is as in nerve's examples, with or without `/services` at its end. */
export const nerve = defineFormat({
  options: z.strictObject({ defaultPort: portOption }),
  keys: { root: '/nerve/services/', patterns: ['<service>/services/<id>/<_>', '<service>/<id>/<_>'] },
  create: ({ defaultPort }, { keys }) => ({
    name: 'nerve',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { host = '', port, weight, options, labels } = read(record.object);
      if (typeof host !== 'string') return refuse('bad-address', 'the host is not text');
      const metadata = readLabels(options === undefined ? undefined : { haproxy_server_options: options }, labels);
      if ('rejected' in metadata) return metadata;
      return {
        fragments: [
          {
            service: located.service,
            id: located.id,
            address: host,
            port: toNumber(port) ?? defaultPort,
            weight: toNumber(weight),
            ...metadata,
          },
        ],
      };
    },
  }),
});

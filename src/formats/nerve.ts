import { z } from 'zod';
import type { Format } from '../model/format.js';
import { readNames } from './fields.js';
import { depthOption, isDirectory, portOption, splitKey } from './key.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { readLabels, refuse, toNumber } from './values.js';

const read = readNames({
  host: ['host'],
  port: ['port'],
  weight: ['weight'],
  options: ['haproxy_server_options'],
  labels: ['labels'],
});

/** airbnb/nerve: `<etcd_path>/<instance id>/<serial number>`. The last part of the path names the service. */
export const nerve = defineFormat({
  options: z.strictObject({ depth: depthOption, defaultPort: portOption }),
  create: ({ depth, defaultPort }): Format => ({
    name: 'nerve',
    decode({ key, value }) {
      if (isDirectory(key, value)) return { ignored: 'a directory' };
      const place = splitKey(key.slice(0, Math.max(key.lastIndexOf('/'), 0)), depth);
      if ('rejected' in place) return place;
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { host = '', port, weight, options, labels } = read(record.object);
      if (typeof host !== 'string') return refuse('bad-address', 'the host is no text');
      const metadata = readLabels(options === undefined ? undefined : { haproxy_server_options: options }, labels);
      if ('rejected' in metadata) return metadata;
      return {
        fragments: [
          { ...place, address: host, port: toNumber(port) ?? defaultPort, weight: toNumber(weight), ...metadata },
        ],
      };
    },
  }),
});

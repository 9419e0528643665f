import { z } from 'zod';
import type { Format } from '../model/format.js';
import { isDirectory, pathOption, splitPath } from './key.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { refuse } from './values.js';

/** zeromicro/go-zero core/discov: `<Etcd.Key>/<lease id>` with `host:port`, and no brackets around IPv6 addresses. */
export const goZero = defineFormat({
  options: z.strictObject({ depth: pathOption }),
  create: ({ depth }): Format => ({
    name: 'go-zero',
    decode({ key, value }) {
      if (isDirectory(key, value)) return { ignored: 'a directory' };
      if (!/^[^\s"'{}<>\\,/]{1,300}$/.test(value)) return refuse('not-recognised', 'the value is no host:port');
      const place = splitPath(key, depth);
      if ('rejected' in place) return place;
      const endpoint = splitLastColon(value);
      if ('rejected' in endpoint) return endpoint;
      return { fragments: [{ ...place, address: endpoint.host, port: endpoint.port }] };
    },
  }),
});

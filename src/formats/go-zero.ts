import { z } from 'zod';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { refuse } from './values.js';

/** zeromicro/go-zero core/discov: `<Etcd.Key>/<lease id>` with `host:port`, and no brackets around IPv6 addresses. */
export const goZero = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service...>/<id>'] },
  create: (_, { keys }) => ({
    name: 'go-zero',
    decode({ key, value }) {
      if (!/^[^\s"'{}<>\\,/]{1,300}$/.test(value)) return refuse('not-recognised', 'the value is no host:port');
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const endpoint = splitLastColon(value);
      if ('rejected' in endpoint) return endpoint;
      return { fragments: [{ service: place.service, id: place.id, address: endpoint.host, port: endpoint.port }] };
    },
  }),
});

import { z } from 'zod';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { refuse } from './values.js';

/** zeromicro/go-zero core/discov: `<Etcd.Key>/<lease id>`, with `host:port` as value. IPv6 addresses have no brackets. */
export const goZero = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service...>/<id>'] },
  create: (_, { keys }) => ({
    name: 'go-zero',
    decode({ key, value }) {
      if (!/^[^\s"'{}<>\\,/]{1,300}$/.test(value)) return refuse('not-recognised', 'the value is not a host:port');
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const endpoint = splitLastColon(value);
      if ('rejected' in endpoint) return endpoint;
      return { fragments: [{ service: located.service, id: located.id, address: endpoint.host, port: endpoint.port }] };
    },
  }),
});

import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import { defineFormat } from './kind.js';

/** The gRPC balancer of a tutorial that many projects copied: `/grpclb/<service>/<host:port>`, with the weight, 1 to 5, as value. */
export const grpclbWeight = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/grpclb/', patterns: ['<service>/<id>'] },
  create: (_, { keys }) => ({
    name: 'grpclb-weight',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const endpoint = splitEndpoint(located.id);
      if ('rejected' in endpoint) return endpoint;
      const weightOrDefault = /^\d{1,9}$/.test(value) ? Number(value) : 1;
      const weight = Math.min(Math.max(weightOrDefault, 1), 5);
      return {
        fragments: [{ service: located.service, id: located.id, address: endpoint.host, port: endpoint.port, weight }],
      };
    },
  }),
});

import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import { defineFormat } from './kind.js';

/** The gRPC balancer of a much-copied tutorial: `/grpclb/<service>/<host:port>`, with the weight, 1 to 5, as value. */
export const grpclbWeight = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/grpclb/', patterns: ['<service>/<id>'] },
  create: (_, { keys }) => ({
    name: 'grpclb-weight',
    decode({ key, value }) {
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const endpoint = splitEndpoint(place.id);
      if ('rejected' in endpoint) return endpoint;
      const given = /^\d{1,9}$/.test(value) ? Number(value) : 1;
      const weight = Math.min(Math.max(given, 1), 5);
      return {
        fragments: [{ service: place.service, id: place.id, address: endpoint.host, port: endpoint.port, weight }],
      };
    },
  }),
});

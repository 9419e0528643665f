import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Format } from '../model/format.js';
import { isDirectory, splitKey } from './key.js';
import { defineFormat } from './kind.js';

/** The gRPC balancer of a much-copied tutorial: `/grpclb/<service>/<host:port>`, with the weight, 1 to 5, as value. */
export const grpclbWeight = defineFormat({
  options: z.strictObject({}),
  create: (): Format => ({
    name: 'grpclb-weight',
    decode({ key, value }) {
      if (isDirectory(key, value)) return { ignored: 'a directory' };
      const place = splitKey(key, 1);
      if ('rejected' in place) return place;
      const endpoint = splitEndpoint(place.id);
      if ('rejected' in endpoint) return endpoint;
      const given = /^\d{1,9}$/.test(value) ? Number(value) : 1;
      const weight = Math.min(Math.max(given, 1), 5);
      return { fragments: [{ ...place, address: endpoint.host, port: endpoint.port, weight }] };
    },
  }),
});

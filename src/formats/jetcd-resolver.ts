import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import { defineFormat } from './kind.js';
import { refuse } from './values.js';

/** jetcd's gRPC resolver: `<service>/<URL>`. The value is a lease id and is ignored. */
export const jetcdResolver = defineFormat({
  options: z.strictObject({}),
  keys: { patterns: ['<service...>/<id>'] },
  create: (_, { keys }) => ({
    name: 'jetcd-resolver',
    decode({ key }) {
      const slashes = key.indexOf('://');
      const at = slashes === -1 ? -1 : key.lastIndexOf('/', slashes);
      if (slashes === -1) return refuse('not-recognised', 'the key does not end in a URL');
      // The URL is the id and contains slashes. One placeholder segment replaces it while the key is matched.
      const id = key.slice(at + 1);
      const located = keys.locate(`${key.slice(0, at + 1)}-`);
      if ('rejected' in located) return located;
      const endpoint = splitEndpoint(id);
      if ('rejected' in endpoint) return endpoint;
      const { host: address, scheme, port = schemePort(scheme) } = endpoint;
      if (scheme === undefined) return refuse('not-recognised', 'the key does not end in a URL');
      return { fragments: [{ service: located.service, id, address, port, scheme }] };
    },
  }),
});

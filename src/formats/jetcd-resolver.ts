import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Format } from '../model/format.js';
import { isDirectory, pathOption, splitPath } from './key.js';
import { defineFormat } from './kind.js';
import { refuse } from './values.js';

/** The resolver that goes with jetcd: `<service>/<URL>`. The value is a lease id and says nothing. */
export const jetcdResolver = defineFormat({
  options: z.strictObject({ depth: pathOption }),
  create: ({ depth }): Format => ({
    name: 'jetcd-resolver',
    decode({ key, value }) {
      if (isDirectory(key, value)) return { ignored: 'a directory' };
      const slashes = key.indexOf('://');
      const at = slashes === -1 ? -1 : key.lastIndexOf('/', slashes);
      if (at === -1) return refuse('not-recognised', 'the key does not end in a URL');
      const place = splitPath(key, depth, at);
      if ('rejected' in place) return place;
      const endpoint = splitEndpoint(place.id);
      if ('rejected' in endpoint) return endpoint;
      const { host: address, scheme, port = schemePort(scheme) } = endpoint;
      if (scheme === undefined) return refuse('not-recognised', 'the key does not end in a URL');
      return { fragments: [{ ...place, address, port, scheme }] };
    },
  }),
});

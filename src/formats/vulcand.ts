import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import { readNames } from './fields.js';
import { defineFormat } from './kind.js';
import { parseObject } from './record.js';
import { refuse } from './values.js';

const read = readNames({ url: ['URL'] });

/** vulcand: `vulcand/backends/<backend>/servers/<server>`. */
export const vulcand = defineFormat({
  options: z.strictObject({}),
  keys: { root: 'vulcand/', patterns: ['backends/<service>/servers/<id>'] },
  create: (_, { keys }) => ({
    name: 'vulcand',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return keys.matchesEnd(key) ? located : { ignored: 'not a server' };
      const { service, id } = located;
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const { url } = read(record.object);
      if (typeof url !== 'string') return refuse('no-address', 'the value has no URL');
      const endpoint = splitEndpoint(url);
      if ('rejected' in endpoint) return endpoint;
      const { host: address, scheme, port = schemePort(scheme) } = endpoint;
      if (scheme === undefined) return refuse('not-recognised', 'the URL has no scheme');
      return { fragments: [{ service, id, address, port, scheme }] };
    },
  }),
});

import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';

/** Longest value looked at, in UTF-16 code units: some hundred endpoints. */
const longest = 16_384;

/**
 * `host:port`, `[v6]:port` or a URL, or several of them separated by commas; blanks around each do not count.
 */
export const plain = defineFormat({
  options: z.strictObject({ defaultPort: portOption }),
  keys: { patterns: ['<service>/<id>'] },
  create: ({ defaultPort }, { keys }) => ({
    name: 'plain',
    decode({ key, value }) {
      if (value.length > longest) return unlike(`the value is longer than ${longest} characters`);
      const place = keys.locate(key);
      if ('rejected' in place) return place;
      const fragments: Fragment[] = [];
      for (const part of value.split(',')) {
        const text = part.trim();
        if (text === '')
          return unlike(fragments.length === 0 ? 'the value is empty' : 'an endpoint in the list is empty');
        if (/[\s"'{}<>\\]/.test(text)) return unlike('the value is neither host:port nor a URL');
        const endpoint = splitEndpoint(text);
        if ('rejected' in endpoint) return endpoint;
        const port = endpoint.port ?? schemePort(endpoint.scheme) ?? defaultPort;
        fragments.push({ service: place.service, id: place.id, address: endpoint.host, port, scheme: endpoint.scheme });
      }
      return { fragments };
    },
  }),
});

function unlike(reason: string): Refusal {
  return { rejected: 'not-recognised', reason };
}

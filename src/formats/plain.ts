import { z } from 'zod';
import { schemePort, splitEndpoint } from '../model/endpoint.js';
import type { Fragment, Refusal } from '../model/format.js';
import { defineFormat } from './kind.js';
import { describeLook } from './look.js';
import { portOption } from './options.js';

/** Longest value that is decoded, in UTF-16 code units: several hundred endpoints. */
const maxLength = 16_384;

/** `host:port`, `[v6]:port` or a URL, or several of them separated by commas. Blanks around each are ignored. */
export const plain = defineFormat({
  options: z.strictObject({ defaultPort: portOption }),
  keys: { patterns: ['<service>/<id>'] },
  create: ({ defaultPort }, { keys }) => ({
    name: 'plain',
    decode({ key, value }) {
      const look = /^\s*[{["]/.test(value) ? describeLook(value) : undefined;
      if (look !== undefined && look !== 'host:port' && look !== 'a list of host:port')
        return notRecognised(`the value is ${look}, not host:port or a URL`);
      if (value.length > maxLength) return notRecognised(`the value is longer than ${maxLength} characters`);
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      const fragments: Fragment[] = [];
      for (const part of value.split(',')) {
        const text = part.trim();
        if (text === '')
          return notRecognised(fragments.length === 0 ? 'the value is empty' : 'an endpoint in the list is empty');
        if (/[\s"'{}<>\\]/.test(text)) return notRecognised('the value is neither host:port nor a URL');
        const endpoint = splitEndpoint(text);
        if ('rejected' in endpoint) return endpoint;
        const port = endpoint.port ?? schemePort(endpoint.scheme) ?? defaultPort;
        fragments.push({
          service: located.service,
          id: located.id,
          address: endpoint.host,
          port,
          scheme: endpoint.scheme,
        });
      }
      return { fragments };
    },
  }),
});

function notRecognised(reason: string): Refusal {
  return { rejected: 'not-recognised', reason };
}

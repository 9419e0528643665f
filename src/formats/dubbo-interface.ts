import { z } from 'zod';
import type { Format, Refusal } from '../model/format.js';
import type { Place } from './key.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { settleName } from './record.js';
import { refuse, toNumber } from './values.js';

/** Longest key looked at, in UTF-16 code units. */
const longest = 65_536;

/** Parameters that are fields of their own, that may be longer than metadata may, or that are secret. */
const apart: ReadonlySet<string> = new Set(['weight', 'version', 'methods', 'token', 'username', 'password']);

/**
 * Apache Dubbo's interface-level registration, of dubbo-go and of Java: `/<group>/<interface>/providers/<escaped URL>`.
 * The value is empty, a lease id or a hash, and says nothing. dubbo-go puts no brackets around IPv6 addresses.
 */
export const dubboInterface = defineFormat({
  options: z.strictObject({}),
  create: (_, { trustValue = false }): Format => ({
    name: 'dubbo-interface',
    decode({ key }) {
      if (key.length > longest) return refuse('not-recognised', `the key is longer than ${longest} characters`);
      const [escaped = '', category, name = ''] = key.split('/').reverse();
      if (category !== 'providers') return { ignored: 'no provider' };
      const text = unescape(escaped);
      const service = unescape(name);
      if (text === undefined || service === undefined)
        return refuse('not-recognised', 'the percent-escapes of the key are not valid');
      if (text === '') return { ignored: 'a directory' };
      const url = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text);
      if (url === null) return refuse('not-recognised', 'the key does not end in a URL');
      const [, scheme = '', id = '', , query = ''] = url;
      return decodeUrl({ service, id }, scheme.toLowerCase(), new URLSearchParams(query), trustValue);
    },
  }),
});

function decodeUrl(
  place: Place,
  scheme: string,
  query: URLSearchParams,
  trustValue: boolean,
): ReturnType<Format['decode']> {
  const named: Place | Refusal = settleName(place, query.get('interface') ?? undefined, trustValue);
  if ('rejected' in named) return named;
  const endpoint = splitLastColon(place.id);
  if ('rejected' in endpoint) return endpoint;
  const metadata = Object.create(null) as Record<string, string>;
  for (const [name, value] of query) if (!apart.has(name)) metadata[name] ??= value;
  return {
    fragments: [
      {
        ...named,
        address: endpoint.host,
        port: endpoint.port,
        scheme,
        weight: toNumber(query.get('weight') ?? 100),
        version: query.get('version') ?? undefined,
        metadata,
      },
    ],
  };
}

/** Go's QueryEscape and Java's URLEncoder write a blank as a plus. */
function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

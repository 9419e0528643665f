import { z } from 'zod';
import type { Format, Refusal } from '../model/format.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { checkName } from './record.js';
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
  keys: { root: '/dubbo/', patterns: ['<service>/providers/<id>'], spelled: true },
  create: (_, { trustValue, keys }) => ({
    name: 'dubbo-interface',
    decode({ key }) {
      if (key.length > longest) return refuse('not-recognised', `the key is longer than ${longest} characters`);
      const place = keys.locate(key);
      if ('rejected' in place) return keys.endsLikeOne(key) ? place : { ignored: 'no provider' };
      const text = unescape(place.id);
      const service = place.named ? place.service : unescape(place.service);
      if (text === undefined || service === undefined)
        return refuse('not-recognised', 'the percent-escapes of the key are not valid');
      if (!place.named && !isUsualSpelling(place.service, service))
        return refuse('key-mismatch', 'the name of the interface is not escaped as Dubbo does it');
      const url = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text);
      if (url === null) return refuse('not-recognised', 'the key does not end in a URL');
      const [, scheme = '', id = '', , query = ''] = url;
      return decodeUrl({ service, id }, scheme.toLowerCase(), new URLSearchParams(query), trustValue);
    },
  }),
});

function decodeUrl(
  place: ServiceKey,
  scheme: string,
  query: URLSearchParams,
  trustValue: boolean,
): ReturnType<Format['decode']> {
  const named: ServiceKey | Refusal = checkName(place, query.get('interface') ?? undefined, trustValue);
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

/**
 * Whether the key spells the name as its writers do. With more than one spelling, a tenant that may write below `a%62c/` could register
 * `abc`, which to etcd's key permissions is another name. Go and Java escape `*` and `~` differently, so neither may be in a name.
 */
function isUsualSpelling(escaped: string, name: string): boolean {
  return !/[/*~]/.test(name) && escaped === new URLSearchParams({ '': name }).toString().slice(1);
}

/** Go's QueryEscape and Java's URLEncoder write a blank as a plus. */
function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

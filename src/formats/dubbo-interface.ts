import { z } from 'zod';
import type { Format, Refusal } from '../model/format.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { splitLastColon } from './last-colon.js';
import { resolveServiceKey } from './record.js';
import { refuse, toNumber } from './values.js';

/** Longest key that is decoded, in UTF-16 code units. */
const maxKeyLength = 65_536;

/** Parameters that do not become metadata: instance fields, texts that may exceed the metadata limits, and secrets. */
const excludedParameters: ReadonlySet<string> = new Set([
  'weight',
  'version',
  'methods',
  'token',
  'username',
  'password',
]);

/**
 * Apache Dubbo's interface-level registration, as dubbo-go and Dubbo for Java write it:
 * `/<group>/<interface>/providers/<escaped URL>`. The value is empty, a lease id or a hash, and is ignored. dubbo-go writes IPv6 addresses
 * without brackets.
 */
export const dubboInterface = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/dubbo/', patterns: ['<service>/providers/<id>'], encodedService: true },
  create: (_, { trustValue, keys }) => ({
    name: 'dubbo-interface',
    decode({ key }) {
      if (key.length > maxKeyLength)
        return refuse('not-recognised', `the key is longer than ${maxKeyLength} characters`);
      const located = keys.locate(key);
      if ('rejected' in located) return keys.matchesEnd(key) ? located : { ignored: 'not a provider' };
      const text = unescape(located.id);
      const service = located.serviceFromSource ? located.service : unescape(located.service);
      if (text === undefined || service === undefined)
        return refuse('not-recognised', 'the percent-escapes of the key are not valid');
      if (!located.serviceFromSource && !isUsualSpelling(located.service, service))
        return refuse('key-mismatch', 'the name of the interface is not escaped as Dubbo escapes it');
      const url = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text);
      if (url === null) return refuse('not-recognised', 'the key does not end in a URL');
      const [, scheme = '', id = '', , query = ''] = url;
      return decodeUrl({ service, id }, scheme.toLowerCase(), new URLSearchParams(query), trustValue);
    },
  }),
});

function decodeUrl(
  located: ServiceKey,
  scheme: string,
  query: URLSearchParams,
  trustValue: boolean,
): ReturnType<Format['decode']> {
  const serviceKey: ServiceKey | Refusal = resolveServiceKey(located, query.get('interface') ?? undefined, trustValue);
  if ('rejected' in serviceKey) return serviceKey;
  const endpoint = splitLastColon(located.id);
  if ('rejected' in endpoint) return endpoint;
  const metadata = Object.create(null) as Record<string, string>;
  for (const [name, value] of query) if (!excludedParameters.has(name)) metadata[name] ??= value;
  return {
    fragments: [
      {
        ...serviceKey,
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
 * Whether the key escapes the name as Dubbo does. A second spelling must not be accepted: a tenant with permission for `a%62c/` could then
 * register `abc`, although etcd's permissions are for another key. Go and Java escape `*` and `~` differently, so a name must not contain them.
 */
function isUsualSpelling(escaped: string, name: string): boolean {
  return !/[/*~]/.test(name) && escaped === new URLSearchParams({ '': name }).toString().slice(1);
}

/** Decodes percent-escapes; undefined when one is invalid. Go's QueryEscape and Java's URLEncoder write a space as a plus. */
function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

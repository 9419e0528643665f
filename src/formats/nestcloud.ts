import { z } from 'zod';
import { defineFormat } from './kind.js';
import { resolveServiceKey } from './record.js';
import { refuse, toNumber } from './values.js';

/** Longest value that is decoded, in UTF-16 code units. */
const maxLength = 16_384;

/**
 * nest-cloud/nestcloud packages/service: `nestcloud-service/service__<name>__<ip>__<port>`, with a flat YAML map as value.
 * The decoder supports a part of YAML: `name: value`, texts in quotes, and lists.
 */
export const nestcloud = defineFormat({
  options: z.strictObject({}),
  keys: { root: 'nestcloud-service/', patterns: ['<service>'], encodedService: true },
  create: (_, { trustValue, keys }) => ({
    name: 'nestcloud',
    decode({ key, value }) {
      const located = keys.locate(key);
      if ('rejected' in located) return located;
      // A name with two underscores is refused: the parts of the key would be ambiguous.
      const parts = located.id.split('__');
      if (!located.serviceFromSource && (parts[0] !== 'service' || parts.length !== 4))
        return refuse('key-mismatch', 'the key has no service__<name>__<ip>__<port>');
      if (value.length > maxLength) return refuse('not-recognised', `the value is longer than ${maxLength} characters`);
      const fields = readYaml(value);
      if (fields === undefined) return refuse('not-recognised', 'the value is not a flat YAML map');
      const text = (name: string): string | undefined => fields.get(name)?.[0];
      const serviceKey = {
        service: located.serviceFromSource ? located.service : (parts[1] ?? ''),
        id: text('id') ?? located.id,
      };
      const resolved = resolveServiceKey(serviceKey, text('name'), trustValue);
      if ('rejected' in resolved) return resolved;
      return {
        fragments: [
          {
            ...resolved,
            address: text('address'),
            port: toNumber(text('port')),
            zone: text('zone'),
            tags: fields.get('tags'),
          },
        ],
      };
    },
  }),
});

/** Every field as a list of texts, without empty texts and nulls. Undefined when the value is not a flat YAML map. */
function readYaml(value: string): ReadonlyMap<string, readonly string[]> | undefined {
  const fields = new Map<string, string[]>();
  let list: string[] = [];
  for (const line of value.split('\n')) {
    if (line.trim() === '') continue;
    const item = /^ *- +(\S.*)$/.exec(line)?.[1];
    const field = item === undefined ? /^([A-Za-z]\w*):(?: +(\S.*))?$/.exec(line) : null;
    if (field !== null) fields.set(field[1] ?? '', (list = []));
    else if (item === undefined) return undefined;
    const scalars = item === undefined ? splitList(field?.[2] ?? '') : [item];
    for (const scalar of scalars) {
      const text = unquote(scalar.trim());
      if (text !== '' && text !== 'null' && text !== '~') list.push(text);
    }
  }
  return fields.size === 0 ? undefined : fields;
}

function splitList(text: string): readonly string[] {
  const inner = /^\[(.*)\]\s*$/.exec(text)?.[1];
  return inner === undefined ? [text] : inner.split(',');
}

function unquote(text: string): string {
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  return /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text;
}

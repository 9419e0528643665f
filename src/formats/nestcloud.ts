import { z } from 'zod';
import { defineFormat } from './kind.js';
import { checkName } from './record.js';
import { refuse, toNumber } from './values.js';

/** Longest value looked at, in UTF-16 code units. */
const longest = 16_384;

/**
 * nest-cloud/nestcloud packages/service: `nestcloud-service/service__<name>__<ip>__<port>`, with YAML of one level as value.
 * Of YAML only that much is read: `name: value`, texts in quotes, and lists.
 */
export const nestcloud = defineFormat({
  options: z.strictObject({}),
  keys: { root: 'nestcloud-service/', patterns: ['<service>'], spelled: true },
  create: (_, { trustValue, keys }) => ({
    name: 'nestcloud',
    decode({ key, value }) {
      const at = keys.locate(key);
      if ('rejected' in at) return at;
      // A name with two underscores could be the end of one name and the address of another.
      const parts = at.id.split('__');
      if (!at.named && (parts[0] !== 'service' || parts.length !== 4))
        return refuse('key-mismatch', 'the key has no service__<name>__<ip>__<port>');
      if (value.length > longest) return refuse('not-recognised', `the value is longer than ${longest} characters`);
      const fields = readYaml(value);
      if (fields === undefined) return refuse('not-recognised', 'the value is no YAML of one level');
      const text = (name: string): string | undefined => fields.get(name)?.[0];
      const place = { service: at.named ? at.service : (parts[1] ?? ''), id: text('id') ?? at.id };
      const named = checkName(place, text('name'), trustValue);
      if ('rejected' in named) return named;
      return {
        fragments: [
          {
            ...named,
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

/** Every field as a list of texts; empty ones and nulls are not in it. Undefined: not of this form. */
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

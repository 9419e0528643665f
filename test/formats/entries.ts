import type { Entry } from '../../src/model/entry.js';
import type { Decoded, Format } from '../../src/model/format.js';
import { createFormat } from '../../src/formats/registry.js';
import type { FormatContext } from '../../src/formats/kind.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';

export function entry(key: string, value: string): Entry {
  return { key, value, lease: '0', createRevision: '1', modRevision: '1' };
}

/** As the config would have it: a name, or a name and options. */
export function makeFormat(
  spec: string | { name: string; [option: string]: unknown },
  context?: FormatContext,
): Format {
  return createFormat(resolveSpec(formatSchema.parse(spec), 'json'), context);
}

/** What one key says, without the fields that it leaves open. */
export function decode(format: Format, key: string, value: string): Decoded {
  const decoded = format.decode(entry(key, value));
  return JSON.parse(JSON.stringify(decoded, (_, item: unknown) => (Number.isNaN(item) ? 'NaN' : item))) as Decoded;
}

import type { Entry } from '../../src/model/entry.js';
import type { Decoded, Format } from '../../src/model/format.js';
import { createFormat } from '../../src/formats/registry.js';
import type { FormatContext } from '../../src/formats/kind.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';

export function entry(key: string, value: string): Entry {
  return { key, value, lease: '0', createRevision: '1', modRevision: '1' };
}

/** Creates a format from a name, or from a name and options, as the config has them. */
export function makeFormat(
  spec: string | { name: string; [option: string]: unknown },
  context?: FormatContext,
): Format {
  return createFormat(resolveSpec(formatSchema.parse(spec), 'json'), context);
}

/** Decodes one key and removes the fields that are undefined. */
export function decode(format: Format, key: string, value: string): Decoded {
  const decoded = format.decode(entry(key, value));
  return JSON.parse(JSON.stringify(decoded, (_, item: unknown) => (Number.isNaN(item) ? 'NaN' : item))) as Decoded;
}

import type { Instance } from '../model/instance.js';

/** The most octets of one string of a TXT record (RFC 1035 section 3.3.14). */
const longestString = 255;

const plainFields = ['version', 'zone', 'scheme', 'tags'] as const;

/** Why the text names no field for a TXT record, or undefined. */
export function problemOfTxtField(field: string): string | undefined {
  if (plainFields.some((each) => each === field)) return undefined;
  // RFC 6763 section 6.4: the key of a string is printable ASCII without `=`.
  if (/^metadata\.[\x20-\x3c\x3e-\x7e]{1,100}$/.test(field)) return undefined;
  return `is no field: write ${plainFields.join(', ')} or metadata.NAME`;
}

/** The strings `name=value` (RFC 6763 section 6.3) of the fields that the instance has, and the fields that are too long. */
export function describeInstance(
  instance: Instance,
  fields: readonly string[],
): { readonly strings: readonly string[]; readonly tooLong: readonly string[] } {
  const strings: string[] = [];
  const tooLong: string[] = [];
  for (const field of fields) {
    const value = valueOf(instance, field);
    if (value === '') continue;
    const text = `${field.replace(/^metadata\./, '')}=${value}`;
    if (Buffer.byteLength(text) > longestString) tooLong.push(field);
    else strings.push(text);
  }
  return { strings, tooLong };
}

function valueOf(instance: Instance, field: string): string {
  const plain = plainFields.find((each) => each === field);
  if (plain === 'tags') return instance.tags.join(',');
  return plain === undefined ? (instance.metadata[field.slice('metadata.'.length)] ?? '') : instance[plain];
}

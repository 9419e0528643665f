import type { Format, Refusal } from '../../model/format.js';
import type { Instance, Status } from '../../model/instance.js';
import { decodeEntry } from '../../model/decode-entry.js';
import type { NormalizedRegistration } from '../../model/registration.js';
import { isWritable, validateFragment } from '../../model/validate.js';
import { baseOf, canonicalPrefix } from '../../model/key-prefix.js';
import { fillKey, parseKeyPattern, type KeyPattern } from '../keys/pattern.js';
import { patternsOf } from '../keys/layout.js';
import { createFormat, layoutOf } from '../registry.js';
import { formatSchema, resolveSpec } from '../schema.js';
import { refuse } from '../values.js';

/** A format that rollcall can write. */
export type WriterName = 'json' | 'plain' | 'grpc-endpoints' | 'kratos' | 'kitex';

/** The etcd key and value of a registration. */
export interface EncodedRegistration {
  readonly key: string;
  /** Undefined: the format cannot express this status, so the key must be absent. */
  readonly value: string | undefined;
}

/** The prefix and the pattern of a registration's key: the same as those of the source that reads it. */
export interface KeyPlacement {
  /** As in a source: a missing slash at its end is added, except to `''`. Default: the usual prefix of the format. */
  readonly prefix?: string | undefined;
  /** The key after the prefix. Default: the pattern of the format. Without `<service>`, the source that reads the key names the service. */
  readonly pattern?: string | undefined;
}

/** Writes registrations as the framework of a format writes them. Pure; its methods do not throw. */
export interface Writer {
  readonly name: WriterName;
  /**
   * The key and the value that the format of the same name reads as exactly this registration. A field that the format cannot store is
   * never left out: the writer refuses the registration and names the field.
   */
  write(registration: NormalizedRegistration, keys: KeyPlacement): EncodedRegistration | Refusal;
  /** The endpoint of a key and its value; undefined when they are not a registration of exactly one endpoint. */
  read(
    key: string,
    value: string,
    keys: KeyPlacement,
  ): Pick<NormalizedRegistration, 'service' | 'id' | 'address' | 'port'> | undefined;
}

/** Describes how one format is written. */
export interface WriterKind {
  readonly name: WriterName;
  readonly prefix: string;
  /** The statuses that the format can express. */
  readonly statuses: readonly Status[];
  /** The last segment of the key, and the value. */
  encode(registration: NormalizedRegistration): { readonly id: string; readonly value: string } | Refusal;
  /** Maps a decoded instance back to the fields of its registration. Absent: the fields are equal. */
  restore?(instance: Instance): Instance;
}

/** Creates a writer that decodes each value before it returns it, and refuses a registration that would not be read back unchanged. */
export function defineWriter(kind: WriterKind): Writer {
  const { name, statuses } = kind;
  return {
    name,
    write(registration, keys) {
      const layout = resolveKeys(kind, keys, registration.service);
      if ('rejected' in layout) return layout;
      const hasStatus = statuses.includes(registration.status);
      const written: NormalizedRegistration = hasStatus ? registration : { ...registration, status: 'passing' };
      const encoded = kind.encode(written);
      if ('rejected' in encoded) return encoded;
      if (written.service.includes('/') && !layout.pattern.parts.some((part) => part.kind === 'services'))
        return refuse('bad-name', `the service name has a slash, and ${layout.pattern.text} has one segment for it`);
      const rest = fillKey(layout.pattern, written.service, encoded.id);
      if (rest === undefined)
        return refuse(
          'bad-name',
          `the pattern ${layout.pattern.text} has \`<_>\` or more than one \`<id>\`: write a pattern that fixes every segment`,
        );
      const key = `${layout.base}${rest}`;
      const back = readBack(kind, layout.format, key, encoded.value);
      if ('rejected' in back && back.rejected === 'key-mismatch')
        return refuse('bad-name', 'the service name begins or ends with a slash, or has two in a row');
      if ('rejected' in back) return refuse(back.rejected, `as ${name}, ${back.reason}`);
      const field = findDifference(written, back);
      if (field !== undefined) return refuse('not-recognised', `${name} cannot store this ${field}`);
      return { key, value: hasStatus ? encoded.value : undefined };
    },
    read(key, value, keys) {
      const layout = resolveKeys(kind, keys, undefined);
      if ('rejected' in layout) return undefined;
      const back = readBack(kind, layout.format, key, value);
      if ('rejected' in back) return undefined;
      const { service, id, address, port } = back;
      return { service, id, address, port };
    },
  };
}

interface ResolvedKeys {
  readonly base: string;
  readonly pattern: KeyPattern;
  readonly format: Format;
}

function resolveKeys(kind: WriterKind, keys: KeyPlacement, service: string | undefined): ResolvedKeys | Refusal {
  const { prefix = kind.prefix } = keys;
  if (!isWritable(prefix)) return refuse('bad-name', 'the prefix contains a control character or is not text');
  if (prefix.endsWith('*')) return refuse('bad-name', 'the prefix ends in a star, which only sources may use');
  const base = baseOf(canonicalPrefix(prefix));
  const [formatPattern] = patternsOf(layoutOf(kind.name) ?? { patterns: ['<service>/<id>'] }, { base });
  const text = keys.pattern ?? formatPattern?.text ?? '';
  const pattern = parseKeyPattern(text);
  if ('problem' in pattern) return refuse('bad-name', `the key pattern ${pattern.problem}`);
  if (!isWritable(text)) return refuse('bad-name', 'the key pattern contains a control character');
  const context = { base, key: text, ...(!pattern.namesService && { service }) };
  return { base, pattern, format: createFormat(resolveSpec(formatSchema.parse(kind.name), 'json'), context) };
}

function readBack(kind: WriterKind, format: Format, key: string, value: string): Instance | Refusal {
  const notStored = { lease: '0', createRevision: '0', modRevision: '0' };
  const reading = decodeEntry('', format, { key, value, ...notStored });
  if (reading.kind === 'rejected') return refuse(reading.rejection.code, reading.rejection.reason);
  const [fragment, ...more] = reading.kind === 'fragments' ? reading.fragments : [];
  if (fragment === undefined || more.length > 0)
    return refuse('not-recognised', 'the value is not exactly one endpoint');
  const instance = validateFragment(fragment, { source: '', key });
  return 'rejected' in instance ? instance : (kind.restore?.(instance) ?? instance);
}

const fields = [
  'service',
  'id',
  'address',
  'port',
  'weight',
  'scheme',
  'zone',
  'version',
  'tags',
  'metadata',
  'status',
] as const;

function findDifference(written: NormalizedRegistration, back: Instance): string | undefined {
  // Both sort their tags and metadata, so equal values have equal JSON.
  return fields.find(
    (field) => written[field] !== undefined && JSON.stringify(written[field]) !== JSON.stringify(back[field]),
  );
}

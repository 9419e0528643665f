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

/** A format that can be written. */
export type WriterName = 'json' | 'plain' | 'grpc-endpoints' | 'kratos' | 'kitex';

/** What stands in etcd for a registration. */
export interface Written {
  readonly key: string;
  /** Undefined: the format has no word for this status, so the key must not be there. */
  readonly value: string | undefined;
}

/** Where a registration stands: the same prefix and pattern as those of the source that reads it. */
export interface WrittenKeys {
  /** As in a source: it ends in a slash, or gets one. `''` for nothing. Default: the usual one of the format. */
  readonly prefix?: string | undefined;
  /** What follows the prefix. Default: as a source of the format has it. Without `<service>` the source names it. */
  readonly pattern?: string | undefined;
}

/** Writes registrations as the framework of a format writes them. Pure; nothing throws. */
export interface Writer {
  readonly name: WriterName;
  /**
   * The key and the value that the format of the same name reads as exactly this registration. Whatever the format cannot say is
   * refused by the name of the field, never left out.
   */
  write(registration: NormalizedRegistration, keys: WrittenKeys): Written | Refusal;
  /** The endpoint that a key of this format stands for; undefined when it is none, or more than one. */
  read(
    key: string,
    value: string,
    keys: WrittenKeys,
  ): Pick<NormalizedRegistration, 'service' | 'id' | 'address' | 'port'> | undefined;
}

/** How one format is written. */
export interface Grammar {
  readonly name: WriterName;
  readonly prefix: string;
  /** What it has words for. */
  readonly statuses: readonly Status[];
  /** The last segment of the key, and the value. */
  encode(registration: NormalizedRegistration): { readonly id: string; readonly value: string } | Refusal;
  /** An instance in the terms of a registration, where its readers see something else. */
  restore?(instance: Instance): Instance;
}

/** A writer that reads everything it writes before it hands it over: what would not come back the same is refused. */
export function defineWriter(grammar: Grammar): Writer {
  const { name, statuses } = grammar;
  return {
    name,
    write(registration, keys) {
      const place = settleKeys(grammar, keys, registration.service);
      if ('rejected' in place) return place;
      const sayable = statuses.includes(registration.status);
      const said: NormalizedRegistration = sayable ? registration : { ...registration, status: 'passing' };
      const encoded = grammar.encode(said);
      if ('rejected' in encoded) return encoded;
      if (said.service.includes('/') && !place.pattern.parts.some(({ kind }) => kind === 'services'))
        return refuse('bad-name', `the service name has a slash, and ${place.pattern.text} has one segment for it`);
      const rest = fillKey(place.pattern, said.service, encoded.id);
      if (rest === undefined)
        return refuse('bad-name', `the pattern ${place.pattern.text} does not say what stands in every segment`);
      const key = `${place.base}${rest}`;
      const back = readBack(grammar, place.format, key, encoded.value);
      if ('rejected' in back && back.rejected === 'key-mismatch')
        return refuse('bad-name', 'the service name begins or ends with a slash, or has two in a row');
      if ('rejected' in back) return refuse(back.rejected, `as ${name}, ${back.reason}`);
      const field = differing(said, back);
      if (field !== undefined) return refuse('not-recognised', `${name} has no place for this ${field}`);
      return { key, value: sayable ? encoded.value : undefined };
    },
    read(key, value, keys) {
      const place = settleKeys(grammar, keys, undefined);
      if ('rejected' in place) return undefined;
      const back = readBack(grammar, place.format, key, value);
      if ('rejected' in back) return undefined;
      const { service, id, address, port } = back;
      return { service, id, address, port };
    },
  };
}

interface Keys {
  readonly base: string;
  readonly pattern: KeyPattern;
  readonly format: Format;
}

function settleKeys(grammar: Grammar, keys: WrittenKeys, service: string | undefined): Keys | Refusal {
  const { prefix = grammar.prefix } = keys;
  if (!isWritable(prefix)) return refuse('bad-name', 'the prefix contains a control character or is not text');
  if (prefix.endsWith('*')) return refuse('bad-name', 'the prefix ends in a star, which is for reading');
  const base = baseOf(canonicalPrefix(prefix));
  const [usual] = patternsOf(layoutOf(grammar.name) ?? { patterns: ['<service>/<id>'] }, { base });
  const text = keys.pattern ?? usual?.text ?? '';
  const pattern = parseKeyPattern(text);
  if ('problem' in pattern) return refuse('bad-name', `the key pattern ${pattern.problem}`);
  if (!isWritable(text)) return refuse('bad-name', 'the key pattern contains a control character');
  const context = { base, key: text, ...(!pattern.namesService && { service }) };
  return { base, pattern, format: createFormat(resolveSpec(formatSchema.parse(grammar.name), 'json'), context) };
}

function readBack(grammar: Grammar, format: Format, key: string, value: string): Instance | Refusal {
  const unborn = { lease: '0', createRevision: '0', modRevision: '0' };
  const reading = decodeEntry('', format, { key, value, ...unborn });
  if (reading.kind === 'rejected') return refuse(reading.rejection.code, reading.rejection.reason);
  const [fragment, ...more] = reading.kind === 'fragments' ? reading.fragments : [];
  if (fragment === undefined || more.length > 0) return refuse('not-recognised', 'it is not one endpoint');
  const instance = validateFragment(fragment, { source: '', key });
  return 'rejected' in instance ? instance : (grammar.restore?.(instance) ?? instance);
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

function differing(said: NormalizedRegistration, back: Instance): string | undefined {
  // Both have their tags and metadata in the same order.
  return fields.find(
    (field) => said[field] !== undefined && JSON.stringify(said[field]) !== JSON.stringify(back[field]),
  );
}

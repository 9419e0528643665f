import type { Format, Refusal } from '../../model/format.js';
import type { Instance, Status } from '../../model/instance.js';
import { readEntry } from '../../model/reading.js';
import type { SettledRegistration } from '../../model/registration.js';
import { isWritable, validateFragment } from '../../model/validate.js';
import { refuse } from '../values.js';

/** A format that can be written. */
export type WriterName = 'json' | 'plain' | 'grpc-endpoints' | 'kratos' | 'kitex';

/** What stands in etcd for a registration. */
export interface Written {
  readonly key: string;
  /** Undefined: the format has no word for this status, so the key must not be there. */
  readonly value: string | undefined;
}

/** Writes registrations as the framework of a format writes them. Pure; nothing throws. */
export interface Writer {
  readonly name: WriterName;
  /** What its keys usually begin with; ends in a slash, or is empty. */
  readonly prefix: string;
  /**
   * The key and the value that the format of the same name reads as exactly this registration. Whatever the format cannot say is
   * refused by the name of the field, never left out.
   *
   * @param prefix `''`, or one that ends in a slash
   */
  write(registration: SettledRegistration, prefix: string): Written | Refusal;
  /** The endpoint that a key of this format stands for; undefined when it is none, or more than one. */
  read(key: string, value: string): Pick<SettledRegistration, 'service' | 'id' | 'address' | 'port'> | undefined;
}

/** How one format is written. */
export interface Grammar {
  readonly name: WriterName;
  readonly prefix: string;
  /** What it has words for. */
  readonly statuses: readonly Status[];
  /** The format as it must be set up to read what stands below a prefix. */
  format(prefix: string): Format;
  /** The last segment of the key, and the value. */
  encode(registration: SettledRegistration): { readonly id: string; readonly value: string } | Refusal;
  /** An instance in the terms of a registration, where its readers see something else. */
  restore?(instance: Instance): Instance;
}

/** A writer that reads everything it writes before it hands it over: what would not come back the same is refused. */
export function defineWriter(grammar: Grammar): Writer {
  const { name, prefix: usual, statuses } = grammar;
  return {
    name,
    prefix: usual,
    write(registration, prefix) {
      const fault = faultOfPrefix(prefix);
      if (fault !== undefined) return fault;
      const sayable = statuses.includes(registration.status);
      const said: SettledRegistration = sayable ? registration : { ...registration, status: 'passing' };
      const encoded = grammar.encode(said);
      if ('rejected' in encoded) return encoded;
      const key = `${prefix}${said.service}/${encoded.id}`;
      const back = readBack(grammar, prefix, key, encoded.value);
      if ('rejected' in back) return refuse(back.rejected, `as ${name}, ${back.reason}`);
      const field = differing(said, back);
      if (field !== undefined) return refuse('not-recognised', `${name} has no place for this ${field}`);
      return { key, value: sayable ? encoded.value : undefined };
    },
    read(key, value) {
      // Neither the id nor the service has a slash.
      const prefix = key.slice(0, key.lastIndexOf('/', key.lastIndexOf('/') - 1) + 1);
      const back = readBack(grammar, prefix, key, value);
      if ('rejected' in back) return undefined;
      const { service, id, address, port } = back;
      return { service, id, address, port };
    },
  };
}

function readBack(grammar: Grammar, prefix: string, key: string, value: string): Instance | Refusal {
  const unborn = { lease: '0', createRevision: '0', modRevision: '0' };
  const reading = readEntry('', grammar.format(prefix), { key, value, ...unborn });
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

function differing(said: SettledRegistration, back: Instance): string | undefined {
  // Both have their tags and metadata in the same order.
  return fields.find(
    (field) => said[field] !== undefined && JSON.stringify(said[field]) !== JSON.stringify(back[field]),
  );
}

function faultOfPrefix(prefix: string): Refusal | undefined {
  if (!isWritable(prefix)) return refuse('bad-name', 'the prefix contains a control character or is not text');
  return prefix === '' || prefix.endsWith('/') ? undefined : refuse('bad-name', 'the prefix does not end in a slash');
}

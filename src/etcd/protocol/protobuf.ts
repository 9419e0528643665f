import { asInt, asUint, Reader } from './reader.js';

/**
 * One type of field in Protocol Buffers (https://protobuf.dev/programming-guides/encoding/). This file supports proto3
 * messages with the field types below, which is all that etcd's API needs. An absent field reads as its type's empty value;
 * an unknown field is skipped.
 *
 * `T` is the decoded type, `G` the type to encode.
 */
export interface FieldType<T, G = T> {
  /** The wire type: 0 for a varint, 2 for a length and that many bytes. */
  readonly wire: 0 | 2;
  readonly empty: T;
  /** Reads one value. `before` is the value of the field so far. */
  read(reader: Reader, before: T): T;
  /** The encoded values, one buffer each, without tags. */
  write(value: G): readonly Buffer[];
}

export interface Message<T, G> extends FieldType<T, G> {
  readonly wire: 2;
  readonly encode: (value: G) => Buffer;
  /** @throws RangeError when the bytes are no such message */
  readonly decode: (bytes: Buffer) => T;
}

export const bool: FieldType<boolean> = {
  wire: 0,
  empty: false,
  read: (reader) => reader.long(asUint) !== '0',
  write: (value) => [varint(Number(value))],
};

/** Decimal strings, because a JavaScript number cannot hold all 64 bits. */
export const int64: FieldType<string, string | number> = {
  wire: 0,
  empty: '0',
  read: (reader) => reader.long(asInt),
  write: (value) => [varint(BigInt.asUintN(64, BigInt(value)))],
};

export const uint64: FieldType<string, string | number> = { ...int64, read: (reader) => reader.long(asUint) };

export const bytes: FieldType<Buffer> & { readonly wire: 2 } = {
  wire: 2,
  empty: Buffer.alloc(0),
  read: (reader) => reader.bytes(),
  write: (value) => [Buffer.concat([varint(value.length), value])],
};

export const string: FieldType<string> = {
  wire: 2,
  empty: '',
  read: (reader) => reader.bytes().toString('utf8'),
  write: (value) => bytes.write(Buffer.from(value)),
};

/** An enum: the names of its numbers, from 0 on. An unknown number reads as the first name. */
export function enumeration<const N extends string>(first: N, ...others: readonly N[]): FieldType<N> {
  const all = [first, ...others];
  return {
    wire: 0,
    empty: first,
    read: (reader) => all[Number(reader.long(asInt))] ?? first,
    write: (value) => [varint(all.indexOf(value))],
  };
}

// An empty item takes two bytes on the wire and about a hundred in memory: a message of 64 MiB could take gigabytes.
const MOST_ITEMS = 500_000;

/**
 * A repeated field of a type with a length. Repeated numbers have another encoding, which this does not support. Reading
 * throws RangeError at more than 500,000 items; etcd sends the events of a watch in messages of about 2 MiB.
 */
export function repeated<T, G>(item: FieldType<T, G> & { readonly wire: 2 }): FieldType<readonly T[], readonly G[]> {
  const empty: readonly T[] = Object.freeze([]);
  return {
    wire: 2,
    empty,
    read(reader, before) {
      const items = before === empty ? [] : (before as T[]);
      if (items.length >= MOST_ITEMS) throw new RangeError(`a list has more than ${MOST_ITEMS} items`);
      items.push(item.read(reader, item.empty));
      return items;
    },
    write: (values) => values.flatMap((value) => item.write(value)),
  };
}

// A message takes any type of field; the types that it reads and writes are inferred field by field.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Shape = Readonly<Record<string, readonly [number: number, type: FieldType<any, any>]>>;
type DecodedFields<S extends Shape> = { readonly [K in keyof S]: S[K][1]['empty'] };
type EncodableFields<S extends Shape> = { readonly [K in keyof S]?: Parameters<S[K][1]['write']>[0] };

/** A message: its fields by name, each with its number. When encoding, any field may be left out. */
export function message<S extends Shape>(shape: S): Message<DecodedFields<S>, EncodableFields<S>> {
  const fields = Object.entries(shape).map(([name, [number, type]]) => ({
    name,
    type: type as FieldType<unknown>,
    tag: varint(number * 8 + type.wire),
  }));
  const byTag = new Map(fields.map((field) => [new Reader(field.tag).integer(), field]));
  const empty = Object.freeze(
    Object.fromEntries(fields.map(({ name, type }) => [name, type.empty])),
  ) as DecodedFields<S>;

  function readTo(end: number, reader: Reader): DecodedFields<S> {
    const value: Record<string, unknown> = { ...empty };
    while (reader.at < end) {
      const tag = reader.integer();
      const field = byTag.get(tag);
      if (field === undefined) reader.skip(tag);
      else value[field.name] = field.type.read(reader, value[field.name]);
    }
    reader.finish(end);
    return value as DecodedFields<S>;
  }

  function encode(given: EncodableFields<S>): Buffer {
    const parts = fields.flatMap(({ name, type, tag }) =>
      given[name] === undefined ? [] : type.write(given[name]).flatMap((value) => [tag, value]),
    );
    return Buffer.concat(parts);
  }

  return {
    wire: 2,
    empty,
    read: (reader) => readTo(reader.end(), reader),
    write: (value) => bytes.write(encode(value)),
    encode,
    decode: (whole) => readTo(whole.length, new Reader(whole)),
  };
}

function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Buffer.from(out);
}

import { asInt, asUint, Reader } from './reader.js';

/**
 * Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), as far as etcd's API takes it: proto3 messages
 * whose fields are of the types below. An absent field has its type's empty value; an unknown one is passed over.
 *
 * `T` is what reading gives, `G` what writing takes.
 */
export interface Type<T, G = T> {
  /** How a value lies on the wire: 0 a varint, 2 a length and so many bytes. */
  readonly wire: 0 | 2;
  readonly empty: T;
  /** Reads one value; `before` is what the field held until then. */
  read(reader: Reader, before: T): T;
  /** The values, each by itself, without tags. */
  write(value: G): readonly Buffer[];
}

export interface Message<T, G> extends Type<T, G> {
  readonly wire: 2;
  readonly encode: (value: G) => Buffer;
  /** @throws RangeError when these bytes are no message */
  readonly decode: (bytes: Buffer) => T;
}

export const bool: Type<boolean> = {
  wire: 0,
  empty: false,
  read: (reader) => reader.long(asUint) !== '0',
  write: (value) => [varint(Number(value))],
};

/** Decimal strings: half of the numbers do not fit into a JavaScript number. */
export const int64: Type<string, string | number> = {
  wire: 0,
  empty: '0',
  read: (reader) => reader.long(asInt),
  write: (value) => [varint(BigInt.asUintN(64, BigInt(value)))],
};

export const uint64: Type<string, string | number> = { ...int64, read: (reader) => reader.long(asUint) };

export const bytes: Type<Buffer> & { readonly wire: 2 } = {
  wire: 2,
  empty: Buffer.alloc(0),
  read: (reader) => reader.bytes(),
  write: (value) => [Buffer.concat([varint(value.length), value])],
};

export const string: Type<string> = {
  wire: 2,
  empty: '',
  read: (reader) => reader.bytes().toString('utf8'),
  write: (value) => bytes.write(Buffer.from(value)),
};

/** An enum, by the names of its numbers from 0 on. A number that has none is read as the first. */
export function names<const N extends string>(first: N, ...others: readonly N[]): Type<N> {
  const all = [first, ...others];
  return {
    wire: 0,
    empty: first,
    read: (reader) => all[Number(reader.long(asInt))] ?? first,
    write: (value) => [varint(all.indexOf(value))],
  };
}

// An empty item takes two bytes on the wire and some hundred in memory: a message of 64 MiB would become gigabytes.
const MOST_ITEMS = 500_000;

/**
 * A repeated field of what has a length: numbers lie otherwise when they are repeated. Reading throws RangeError at
 * more than 500,000 items; etcd cuts what a watch tells into messages of about 2 MiB.
 */
export function list<T, G>(item: Type<T, G> & { readonly wire: 2 }): Type<readonly T[], readonly G[]> {
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

// Any type of field goes into a message; what it reads and writes is inferred, field by field.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Shape = Readonly<Record<string, readonly [number: number, type: Type<any, any>]>>;
type Read<S extends Shape> = { readonly [K in keyof S]: S[K][1]['empty'] };
type Given<S extends Shape> = { readonly [K in keyof S]?: Parameters<S[K][1]['write']>[0] };

/** A message by its fields, each with its number. To write one, any of them may be left out. */
export function message<S extends Shape>(shape: S): Message<Read<S>, Given<S>> {
  const fields = Object.entries(shape).map(([name, [number, type]]) => ({
    name,
    type: type as Type<unknown>,
    tag: varint(number * 8 + type.wire),
  }));
  const byTag = new Map(fields.map((field) => [new Reader(field.tag).integer(), field]));
  const empty = Object.freeze(Object.fromEntries(fields.map(({ name, type }) => [name, type.empty]))) as Read<S>;

  function readTo(end: number, reader: Reader): Read<S> {
    const value: Record<string, unknown> = { ...empty };
    while (reader.at < end) {
      const tag = reader.integer();
      const field = byTag.get(tag);
      if (field === undefined) reader.skip(tag);
      else value[field.name] = field.type.read(reader, value[field.name]);
    }
    reader.finish(end);
    return value as Read<S>;
  }

  function encode(given: Given<S>): Buffer {
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

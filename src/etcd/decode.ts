import type { Entry } from '../model/entry.js';
import { textOf } from './bytes.js';
import type { StoreMoment } from './translate.js';

/** A RangeResponse as read. */
export interface RangeAnswer extends StoreMoment {
  /** In the order of the keys' bytes. */
  readonly entries: readonly Entry[];
  /** There are more behind the request's `limit`. */
  readonly more: boolean;
}

/**
 * Reads a RangeResponse (etcd's rpc.proto and kv.proto). A list of all registrations goes through here, so the objects that a
 * general decoder makes on the way, some ten for each key, are left out. Fields that it does not know are skipped.
 *
 * @throws RangeError when the bytes are no such message
 */
export function decodeRange(bytes: Buffer): RangeAnswer {
  const reader = new Reader(bytes);
  let moment: StoreMoment = { revision: '0', clusterId: '0', raftTerm: '0' };
  const entries: Entry[] = [];
  let more = false;
  while (reader.at < bytes.length) {
    const tag = reader.integer();
    if (tag === 0x0a) moment = readHeader(reader);
    else if (tag === 0x12) entries.push(readKeyValue(reader));
    else if (tag === 0x18) more = reader.integer() !== 0;
    else reader.skip(tag);
  }
  return { ...moment, entries, more };
}

function readHeader(reader: Reader): StoreMoment {
  let [revision, clusterId, raftTerm] = ['0', '0', '0'];
  for (const end = reader.end(); reader.at < end;) {
    const tag = reader.integer();
    if (tag === 0x08) clusterId = reader.long(asUint);
    else if (tag === 0x18) revision = reader.long(asInt);
    else if (tag === 0x20) raftTerm = reader.long(asUint);
    else reader.skip(tag);
  }
  return { revision, clusterId, raftTerm };
}

function readKeyValue(reader: Reader): Entry {
  let [key, value, lease, createRevision, modRevision] = ['', '', '0', '0', '0'];
  for (const end = reader.end(); reader.at < end;) {
    const tag = reader.integer();
    if (tag === 0x0a) key = reader.text();
    else if (tag === 0x10) createRevision = reader.long(asInt);
    else if (tag === 0x18) modRevision = reader.long(asInt);
    else if (tag === 0x2a) value = reader.text();
    else if (tag === 0x30) lease = reader.long(asInt);
    else reader.skip(tag);
  }
  return { key, value, lease, createRevision, modRevision };
}

const asInt = (bits: bigint): bigint => BigInt.asIntN(64, bits);
const asUint = (bits: bigint): bigint => BigInt.asUintN(64, bits);

/** protobuf.dev/programming-guides/encoding, as far as etcd's messages need it. */
class Reader {
  at = 0;
  readonly #bytes: Buffer;
  /** Neighbours often share their revisions: then they share the text too. */
  #number = 0;
  #text = '0';

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A varint of up to 49 bits: a tag, a length, a flag. */
  integer(): number {
    const value = this.#short();
    if (value === undefined) throw new RangeError('a number is too long');
    return value;
  }

  /** A varint of 64 bits, in decimal. @param fit to the number that its bits mean */
  long(fit: (bits: bigint) => bigint): string {
    const from = this.at;
    const value = this.#short();
    if (value === undefined) {
      this.at = from;
      return String(fit(this.#big()));
    }
    if (value !== this.#number) {
      this.#number = value;
      this.#text = String(value);
    }
    return this.#text;
  }

  text(): string {
    const end = this.end();
    const start = this.at;
    this.at = end;
    const text = this.#bytes.toString('utf8', start, end);
    // What is no UTF-8 turns into this character; so does the character itself.
    return text.includes('\ufffd') ? textOf(this.#bytes.subarray(start, end)) : text;
  }

  /** Where what is preceded by its length ends. */
  end(): number {
    const length = this.integer();
    return this.#within(this.at + length);
  }

  /** Passes over the value of a field of which only the tag was read. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === 0) this.#big();
    else if (type === 1) this.at = this.#within(this.at + 8);
    else if (type === 2) this.at = this.end();
    else if (type === 5) this.at = this.#within(this.at + 4);
    else throw new RangeError(`a field is of type ${type}`);
  }

  /** Undefined when it takes more than seven bytes. */
  #short(): number | undefined {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 7; count++) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    return undefined;
  }

  #big(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a number is too long');
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError('the message is cut short');
    return byte;
  }

  #within(end: number): number {
    if (end > this.#bytes.length) throw new RangeError('the message is cut short');
    return end;
  }
}

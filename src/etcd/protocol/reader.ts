import { textOf } from './bytes.js';

export const asInt = (bits: bigint): bigint => BigInt.asIntN(64, bits);
export const asUint = (bits: bigint): bigint => BigInt.asUintN(64, bits);

/**
 * Reads the protobuf wire format (https://protobuf.dev/programming-guides/encoding/), as far as etcd's messages need it.
 * Every method throws RangeError when the bytes end too early or are malformed.
 */
export class Reader {
  at = 0;
  readonly #bytes: Buffer;
  /** The last number and its text: neighbouring keys often have the same revision, and then share the text. */
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

  /** A varint of 64 bits, in decimal. @param fit turns the bits into a signed or an unsigned number */
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

  bytes(): Buffer {
    const end = this.end();
    const start = this.at;
    this.at = end;
    return this.#bytes.subarray(start, end);
  }

  text(): string {
    const end = this.end();
    const start = this.at;
    this.at = end;
    const text = this.#bytes.toString('utf8', start, end);
    // Malformed UTF-8 decodes to this character, but the text may also contain it.
    return text.includes('\ufffd') ? textOf(this.#bytes.subarray(start, end)) : text;
  }

  /** Reads a length and returns the offset where that many bytes end. */
  end(): number {
    const length = this.integer();
    return this.#within(this.at + length);
  }

  /** Call it after reading a value that ends at `end`. @throws RangeError when a field reached beyond it */
  finish(end: number): void {
    if (this.at !== end) throw new RangeError('a field reaches beyond its message');
  }

  /** Skips the value of a field whose tag was read. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === 0) this.#skipVarint();
    else if (type === 1) this.at = this.#within(this.at + 8);
    else if (type === 2) this.at = this.end();
    else if (type === 5) this.at = this.#within(this.at + 4);
    else throw new RangeError(`a field is of type ${type}`);
  }

  /** Undefined when the varint takes more than seven bytes. */
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

  /** Skips a varint without decoding it: a message may hold millions of unknown fields. */
  #skipVarint(): void {
    for (let count = 0; count < 10; count++) if (this.#byte() < 128) return;
    throw new RangeError('a number is too long');
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

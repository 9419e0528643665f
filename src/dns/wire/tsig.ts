import { createHmac, timingSafeEqual } from 'node:crypto';
import { classes, nameOfRcode, typeNumbers } from './constants.js';
import { DnsFormatError } from './format-error.js';
import type { FoundRecord, Message } from './message.js';
import { decodeName, encodeName } from './names.js';

/** The algorithms that are kept as usable (RFC 8945 section 6, RFC 8945 table 3), by their names on the wire. */
export const tsigAlgorithms = {
  'hmac-sha1': 'sha1',
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const;

export interface TsigKey {
  /** In lower case, without a final dot. */
  readonly name: string;
  readonly algorithm: keyof typeof tsigAlgorithms;
  readonly secret: Buffer;
}

/** The difference of the clocks that a server accepts, in seconds (RFC 8945 section 10 recommends this one). */
const fudge = 300;

const errors: Readonly<Record<number, string>> = {
  16: 'BADSIG: the secret of the key is another one',
  17: 'BADKEY: the server does not know the key, or takes it for another algorithm',
  18: 'BADTIME: the clocks of this machine and the server differ too much',
  22: 'BADTRUNC: the server accepts no signature of this length',
};

/** A response that is not signed as it must be, or says why the server does not accept the signature. */
export class TsigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TsigError';
  }
}

/**
 * Signs a request (RFC 8945 section 4).
 *
 * @param now seconds since the epoch
 * @returns the request with a TSIG record, and the signature
 */
export function signRequest(
  request: Buffer,
  key: TsigKey,
  now: number,
): { readonly signed: Buffer; readonly mac: Buffer } {
  const time = encodeTime(now);
  const mac = hmac(key, [request, variables(key, time, 0, Buffer.alloc(0))]);
  const data = Buffer.concat([
    encodeName(key.algorithm),
    time,
    pair(fudge),
    pair(mac.length),
    mac,
    request.subarray(0, 2),
    pair(0),
    pair(0),
  ]);
  const head = Buffer.concat([encodeName(key.name), pair(typeNumbers.TSIG), pair(classes.ANY), pair(0), pair(0)]);
  const signed = Buffer.concat([request, head, pair(data.length), data]);
  signed.writeUInt16BE(request.readUInt16BE(10) + 1, 10);
  return { signed, mac };
}

/** Verifies the messages of one response. Every message is passed in its order. */
export interface TsigVerifier {
  /** @throws TsigError, DnsFormatError */
  verify(octets: Buffer, message: Message): void;
  /** To be called after the last message, which must be signed. @throws TsigError */
  finish(): void;
}

/** @param mac the signature of the request; the response must be signed with the same key @param now seconds since the epoch */
export function createVerifier(key: TsigKey, mac: Buffer, now: () => number): TsigVerifier {
  let previous = mac;
  let isFirst = true;
  let unsigned: Buffer[] = [];
  return {
    verify(octets, message) {
      const record = message.sections[2].at(-1);
      if (record?.type !== typeNumbers.TSIG) {
        // RFC 8945 section 5.3.1: not every message of a transfer is signed, but the first one is, and at least each 100th.
        if (isFirst || unsigned.length >= 99)
          throw new TsigError(`the response is not signed (${nameOfRcode(message.rcode)})`);
        unsigned.push(octets);
        return;
      }
      const tsig = readTsig(octets, record);
      if (tsig.error !== 0 && tsig.mac.length === 0) throw new TsigError(errors[tsig.error] ?? `error ${tsig.error}`);
      if (record.name !== key.name || tsig.algorithm !== key.algorithm)
        throw new TsigError(`the response is signed with another key: ${record.name}`);
      const body = Buffer.from(octets.subarray(0, record.start));
      tsig.id.copy(body, 0);
      body.writeUInt16BE(octets.readUInt16BE(10) - 1, 10);
      const timers = Buffer.concat([tsig.time, tsig.fudge]);
      const rest = isFirst ? variables(key, tsig.time, tsig.error, tsig.other, tsig.fudge) : timers;
      const expected = hmac(key, [pair(previous.length), previous, ...unsigned, body, rest]);
      if (tsig.mac.length !== expected.length || !timingSafeEqual(tsig.mac, expected))
        throw new TsigError('the signature of the response is wrong');
      if (tsig.error !== 0) throw new TsigError(errors[tsig.error] ?? `error ${tsig.error}`);
      if (Math.abs(tsig.time.readUIntBE(0, 6) - now()) > tsig.fudge.readUInt16BE(0))
        throw new TsigError('the response is signed at another time: the clocks of this machine and the server differ');
      previous = tsig.mac;
      isFirst = false;
      unsigned = [];
    },
    finish() {
      if (isFirst || unsigned.length > 0) throw new TsigError('the end of the response is not signed');
    },
  };
}

function readTsig(octets: Buffer, { at, length }: FoundRecord) {
  const { name: algorithm, end } = decodeName(octets, at);
  const data = octets.subarray(end, at + length);
  const size = data.length < 16 ? -1 : data.readUInt16BE(8);
  if (size < 0 || data.length < 16 + size) throw new DnsFormatError('the TSIG record is too short');
  const tail = data.subarray(10 + size);
  return {
    algorithm,
    time: data.subarray(0, 6),
    fudge: data.subarray(6, 8),
    mac: data.subarray(10, 10 + size),
    id: tail.subarray(0, 2),
    error: tail.readUInt16BE(2),
    other: tail.subarray(6),
  };
}

/** RFC 8945 section 4.3.3. */
function variables(key: TsigKey, time: Buffer, error: number, other: Buffer, itsFudge = pair(fudge)): Buffer {
  return Buffer.concat([
    encodeName(key.name),
    pair(classes.ANY),
    pair(0),
    pair(0),
    encodeName(key.algorithm),
    time,
    itsFudge,
    pair(error),
    pair(other.length),
    other,
  ]);
}

function hmac({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const hash = createHmac(tsigAlgorithms[algorithm], secret);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function encodeTime(now: number): Buffer {
  const time = Buffer.alloc(6);
  time.writeUIntBE(Math.floor(now), 0, 6);
  return time;
}

function pair(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

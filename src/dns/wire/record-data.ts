import ipaddr from 'ipaddr.js';
import { quoteString, type RecordType } from '../record-set.js';
import { typeNumbers } from './constants.js';
import { DnsFormatError } from './format-error.js';
import { decodeName, encodeName } from './names.js';

/** The types of records of services. */
export const recordTypes: readonly RecordType[] = ['A', 'AAAA', 'CNAME', 'PTR', 'SRV', 'TXT'];

const byNumber = new Map(recordTypes.map((type) => [typeNumbers[type] as number, type]));

/** The type of this number, or undefined when records of services never have it. */
export function typeOf(number: number): RecordType | undefined {
  return byNumber.get(number);
}

/**
 * The data of a record on the wire (RFC 1035, 2782, 3596). Names are not compressed.
 *
 * @param text as in `RecordSet.data`
 */
export function encodeData(type: RecordType, text: string): Buffer {
  switch (type) {
    case 'A':
    case 'AAAA':
      return Buffer.from(ipaddr.parse(text).toByteArray());
    case 'CNAME':
    case 'PTR':
      return encodeName(text.slice(0, -1));
    case 'SRV': {
      const [priority, weight, port, target = '.'] = text.split(' ');
      const head = Buffer.alloc(6);
      for (const [index, number] of [priority, weight, port].entries()) head.writeUInt16BE(Number(number), 2 * index);
      return Buffer.concat([head, encodeName(target.slice(0, -1))]);
    }
    case 'TXT':
      return Buffer.concat(parseStrings(text).flatMap((octets) => [Buffer.of(octets.length), octets]));
  }
}

/** @returns as in `RecordSet.data` @throws DnsFormatError */
export function decodeData(type: RecordType, message: Buffer, at: number, length: number): string {
  const data = message.subarray(at, at + length);
  switch (type) {
    case 'A':
    case 'AAAA':
      if (length !== (type === 'A' ? 4 : 16)) throw new DnsFormatError(`the data of ${type} has ${length} octets`);
      return ipaddr.fromByteArray([...data]).toString();
    case 'CNAME':
    case 'PTR':
      return `${decodeName(message, at).name}.`;
    case 'SRV':
      if (length < 7) throw new DnsFormatError(`the data of SRV has ${length} octets`);
      return `${[0, 2, 4].map((place) => data.readUInt16BE(place)).join(' ')} ${decodeName(message, at + 6).name}.`;
    case 'TXT':
      return [...readStrings(data)].map(quoteString).join(' ');
  }
}

function* readStrings(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length;) {
    const length = data[at] ?? 0;
    if (at + 1 + length > data.length) throw new DnsFormatError('a string of TXT ends after its record');
    yield data.subarray(at + 1, at + 1 + length);
    at += length + 1;
  }
}

function parseStrings(text: string): Buffer[] {
  return [...text.matchAll(/"((?:\\\d{3}|\\.|[^"\\])*)"/gs)].map(([, inner = '']) =>
    Buffer.from(
      inner.replace(/\\(\d{3}|.)/gs, (_, code: string) =>
        code.length === 3 ? String.fromCharCode(Number(code) & 0xff) : code,
      ),
      'latin1',
    ),
  );
}

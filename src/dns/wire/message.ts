import { DnsFormatError } from './format-error.js';
import { decodeName, encodeName, splitLabels } from './names.js';

/** A question, or the zone of an update. */
export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A record to write. */
export interface WireRecord extends Question {
  readonly ttl: number;
  readonly data: Buffer;
}

/** A record that was read. Its data are octets of the message, where a name in them may be compressed. */
export interface FoundRecord extends Question {
  readonly ttl: number;
  /** The places in the message of the record, of its data, and the length of the data. */
  readonly start: number;
  readonly at: number;
  readonly length: number;
}

export interface Message {
  readonly id: number;
  readonly opcode: number;
  /** The message is a response. */
  readonly isResponse: boolean;
  readonly rcode: number;
  readonly questions: readonly Question[];
  /** The records of the three other sections. In an update they are: prerequisites, updates, additional records. */
  readonly sections: readonly [readonly FoundRecord[], readonly FoundRecord[], readonly FoundRecord[]];
}

/**
 * A request (RFC 1035 section 4, RFC 2136 section 2). Names of records are compressed, names in their data are not.
 *
 * @param sections records of the sections after the question
 */
export function encodeRequest(
  id: number,
  opcode: number,
  question: Question,
  sections: readonly (readonly WireRecord[])[] = [],
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(opcode << 11, 2);
  head.writeUInt16BE(1, 4);
  for (const [index, records] of sections.entries()) head.writeUInt16BE(records.length, 6 + 2 * index);
  const parts: Buffer[] = [head];
  let length = head.length;
  const places = new Map<string, number>();
  const push = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  const pushName = (name: string): void => {
    const labels = name === '' ? [] : splitLabels(name);
    for (const [index, label] of labels.entries()) {
      const rest = labels.slice(index).join('.');
      const place = places.get(rest);
      if (place !== undefined) {
        push(Buffer.of(0xc0 | (place >> 8), place & 0xff));
        return;
      }
      if (length < 0x4000) places.set(rest, length);
      push(encodeName(label).subarray(0, -1));
    }
    push(Buffer.of(0));
  };
  pushName(question.name);
  push(numbers([question.type, question.class]));
  for (const { name, type, class: itsClass, ttl, data } of sections.flat()) {
    pushName(name);
    push(numbers([type, itsClass, ttl >>> 16, ttl & 0xffff, data.length]));
    push(data);
  }
  return Buffer.concat(parts);
}

function numbers(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt16BE(value, 2 * index);
  return buffer;
}

/** @throws DnsFormatError */
export function decodeMessage(message: Buffer): Message {
  if (message.length < 12) throw new DnsFormatError('it is shorter than a header');
  const flags = message.readUInt16BE(2);
  let place = 12;
  const readHead = (octets: number): Question & { readonly at: number } => {
    const { name, end } = decodeName(message, place);
    place = end + octets;
    if (place > message.length) throw new DnsFormatError('a record ends after the message');
    return { name, type: message.readUInt16BE(end), class: message.readUInt16BE(end + 2), at: end };
  };
  const readRecord = (): FoundRecord => {
    const start = place;
    const { at: end, ...head } = readHead(10);
    const length = message.readUInt16BE(end + 8);
    const at = place;
    place += length;
    if (place > message.length) throw new DnsFormatError('a record ends after the message');
    return { ...head, ttl: message.readUInt32BE(end + 4), start, at, length };
  };
  const repeat = <T>(read: () => T, count: number): T[] => Array.from({ length: count }, read);
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  return {
    id: message.readUInt16BE(0),
    opcode: (flags >> 11) & 15,
    isResponse: flags >= 0x8000,
    rcode: flags & 15,
    questions: repeat(() => {
      const { name, type, class: itsClass } = readHead(4);
      return { name, type, class: itsClass };
    }, questions ?? 0),
    sections: [
      repeat(readRecord, answers ?? 0),
      repeat(readRecord, authorities ?? 0),
      repeat(readRecord, additional ?? 0),
    ],
  };
}

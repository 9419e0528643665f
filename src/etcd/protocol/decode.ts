import type { Entry } from '../../model/entry.js';
import { asInt, asUint, Reader } from './reader.js';
import type { StoreMoment } from './translate.js';

/** A decoded RangeResponse. */
export interface RangeAnswer extends StoreMoment {
  /** In the order of the keys' bytes. */
  readonly entries: readonly Entry[];
  /** There are more keys than the request's `limit` allowed. */
  readonly more: boolean;
}

/** A RangeAnswer with the count, which `checkRange` needs. */
export interface CountedRange extends RangeAnswer {
  /** The number of all keys, regardless of the request's `limit`: decimal int64. */
  readonly count: string;
}

/**
 * Decodes a RangeResponse (etcd's rpc.proto and kv.proto). Every list of registrations passes through here, so this avoids
 * the objects of a general decoder, about ten for each key. It skips unknown fields.
 *
 * @param most the greatest number of keys that the message may hold
 * @throws RangeError when the bytes are no such message, or hold more than `most` keys
 */
export function decodeRange(bytes: Buffer, most = Infinity): CountedRange {
  const reader = new Reader(bytes);
  let moment: StoreMoment = { revision: '0', clusterId: '0', raftTerm: '0' };
  const entries: Entry[] = [];
  let more = false;
  let count = '0';
  while (reader.at < bytes.length) {
    const tag = reader.integer();
    if (tag === 0x0a) moment = readHeader(reader);
    else if (tag === 0x12) {
      if (entries.length >= most) throw new RangeError(`it holds more keys than the ${most} that were requested`);
      entries.push(readKeyValue(reader));
    } else if (tag === 0x18) more = reader.integer() !== 0;
    else if (tag === 0x20) count = reader.long(asInt);
    else reader.skip(tag);
  }
  return { ...moment, entries, more, count };
}

function readHeader(reader: Reader): StoreMoment {
  let [revision, clusterId, raftTerm] = ['0', '0', '0'];
  const end = reader.end();
  while (reader.at < end) {
    const tag = reader.integer();
    if (tag === 0x08) clusterId = reader.long(asUint);
    else if (tag === 0x18) revision = reader.long(asInt);
    else if (tag === 0x20) raftTerm = reader.long(asUint);
    else reader.skip(tag);
  }
  reader.finish(end);
  return { revision, clusterId, raftTerm };
}

function readKeyValue(reader: Reader): Entry {
  let [key, value, lease, createRevision, modRevision] = ['', '', '0', '0', '0'];
  const end = reader.end();
  while (reader.at < end) {
    const tag = reader.integer();
    if (tag === 0x0a) key = reader.text();
    else if (tag === 0x10) createRevision = reader.long(asInt);
    else if (tag === 0x18) modRevision = reader.long(asInt);
    else if (tag === 0x2a) value = reader.text();
    else if (tag === 0x30) lease = reader.long(asInt);
    else reader.skip(tag);
  }
  reader.finish(end);
  return { key, value, lease, createRevision, modRevision };
}

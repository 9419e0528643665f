import type { Entry } from '../../model/entry.js';
import { asInt, asUint, Reader } from './reader.js';
import type { StoreMoment } from './translate.js';

/** A RangeResponse as read. */
export interface RangeAnswer extends StoreMoment {
  /** In the order of the keys' bytes. */
  readonly entries: readonly Entry[];
  /** There are more behind the request's `limit`. */
  readonly more: boolean;
}

/** The same with what only serves to see that it is right. */
export interface CountedRange extends RangeAnswer {
  /** How many keys there are in all, without the request's `limit`: decimal int64. */
  readonly count: string;
}

/**
 * Reads a RangeResponse (etcd's rpc.proto and kv.proto). A list of all registrations goes through here, so the objects that a
 * general decoder makes on the way, some ten for each key, are left out. Fields that it does not know are skipped.
 *
 * @param most keys that may be in it
 * @throws RangeError when the bytes are no such message, or hold more keys
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
      if (entries.length >= most) throw new RangeError(`it holds more keys than the ${most} that were asked for`);
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

import type { Entry } from '../model/entry.js';
import { asInt, asUint, Reader } from './reader.js';
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

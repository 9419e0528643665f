import type { KeySelector } from '../model/key-prefix.js';
import { bytesOf } from './bytes.js';

/** `[key, range_end)` as etcd's API means it (api/etcdserverpb/rpc.proto, RangeRequest). */
export interface KeyRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

const zero = Buffer.of(0);

/** Every key that begins with the prefix; the empty prefix means every key. */
export function rangeOfPrefix(prefix: string): KeyRange {
  const key = bytesOf(prefix);
  if (key.length === 0) return { key: zero, range_end: zero };
  let length = key.length;
  while (length > 0 && key[length - 1] === 0xff) length -= 1;
  if (length === 0) return { key, range_end: zero };
  const end = Buffer.from(key.subarray(0, length));
  end.writeUInt8(end.readUInt8(length - 1) + 1, length - 1);
  return { key, range_end: end };
}

/** One key has no end; a prefix has. */
export function rangeOf(keys: KeySelector): { readonly key: Buffer; readonly range_end?: Buffer } {
  return 'key' in keys ? { key: bytesOf(keys.key) } : rangeOfPrefix(keys.prefix);
}

/** For messages. */
export function describeKeys(keys: KeySelector): string {
  return 'key' in keys ? keys.key : keys.prefix || 'all keys';
}

/** The least key that is greater. */
export function keyAfter(key: string): Buffer {
  return Buffer.concat([bytesOf(key), zero]);
}

import type { KeySelector } from '../../model/key-prefix.js';
import { bytesOf } from './bytes.js';

/**
 * `[key, range_end)` as etcd's API means it (api/etcdserverpb/rpc.proto, RangeRequest): an empty end means the key alone, one of
 * a single zero byte every key from `key` on.
 */
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

/** What the selector means. One key is a range that has no end. */
export function rangeOf(keys: KeySelector): KeyRange {
  return 'key' in keys ? { key: bytesOf(keys.key), range_end: Buffer.alloc(0) } : rangeOfPrefix(keys.prefix);
}

/** For messages. */
export function describeKeys(keys: KeySelector): string {
  return 'key' in keys ? keys.key : keys.prefix || 'all keys';
}

/** Whether the key lies in the range. */
export function isWithin({ key: first, range_end: end }: KeyRange, key: Buffer): boolean {
  if (end.length === 0) return key.equals(first);
  return key.compare(first) >= 0 && (end.equals(zero) || key.compare(end) < 0);
}

/** The order of the keys' bytes, which is etcd's: negative when `a` comes first. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === length) return a.length - b.length;
  const difference = a.charCodeAt(at) - b.charCodeAt(at);
  // From the surrogates on, the order of code units is another one than that of bytes.
  const isPlain = Math.max(a.charCodeAt(at), b.charCodeAt(at)) < 0xd800;
  return isPlain ? difference : bytesOf(a).compare(bytesOf(b));
}

/** The least key that is greater. */
export function keyAfter(key: string): Buffer {
  return Buffer.concat([bytesOf(key), zero]);
}

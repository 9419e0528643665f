import type { KeySelector } from '../../model/key-prefix.js';
import { bytesOf } from './bytes.js';

/**
 * `[key, range_end)` as in etcd's API (api/etcdserverpb/rpc.proto, RangeRequest). An empty end means only the key itself; an
 * end of one zero byte means every key from `key` on.
 */
export interface KeyRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

const zero = Buffer.of(0);

/** The range of all keys that begin with the prefix. The empty prefix means every key. */
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

/** The range of a selector. For a single key, the end is empty. */
export function rangeOf(keys: KeySelector): KeyRange {
  return 'key' in keys ? { key: bytesOf(keys.key), range_end: Buffer.alloc(0) } : rangeOfPrefix(keys.prefix);
}

/** The keys, as messages name them. */
export function describeKeys(keys: KeySelector): string {
  return 'key' in keys ? keys.key : keys.prefix || 'all keys';
}

/** Whether the key lies in the range. */
export function isWithin({ key: first, range_end: end }: KeyRange, key: Buffer): boolean {
  if (end.length === 0) return key.equals(first);
  return key.compare(first) >= 0 && (end.equals(zero) || key.compare(end) < 0);
}

/** Compares keys by their bytes, as etcd does. Negative when `a` comes first. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === length) return a.length - b.length;
  const difference = a.charCodeAt(at) - b.charCodeAt(at);
  // Above U+D800, code units and bytes sort differently.
  const isPlain = Math.max(a.charCodeAt(at), b.charCodeAt(at)) < 0xd800;
  return isPlain ? difference : bytesOf(a).compare(bytesOf(b));
}

/** The smallest key that is greater than `key`. */
export function keyAfter(key: string): Buffer {
  return Buffer.concat([bytesOf(key), zero]);
}

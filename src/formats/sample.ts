import type { Entry } from '../model/entry.js';
import { compareText } from '../model/order.js';

/**
 * So many entries, chosen by nothing but their keys and evenly over all of them: the same ones in whatever order they stand, and in step
 * with no pattern of theirs (two keys to an instance, say). All of them when there are not more than twice as many.
 */
export function takeSample(entries: readonly Entry[], size: number): readonly Entry[] {
  if (entries.length <= 2 * size) return entries;
  const hashes = new Uint32Array(entries.length);
  for (const [at, { key }] of entries.entries()) hashes[at] = hash(key);
  const limit = hashes.toSorted()[size - 1] ?? 0;
  const below: Entry[] = [];
  const even: Entry[] = [];
  for (const [at, entry] of entries.entries()) {
    const its = hashes[at] ?? 0;
    if (its <= limit) (its === limit ? even : below).push(entry);
  }
  even.sort((a, b) => compareText(a.key, b.key));
  return [...below, ...even.slice(0, size - below.length)];
}

/** FNV-1a over the code units, its bits mixed as MurmurHash3 ends: keys that differ in a digit end far apart. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

import type { Entry } from '../model/entry.js';
import { compareText } from '../model/order.js';

/**
 * Chooses `size` entries by the hashes of their keys. The choice is independent of the order of the entries and of patterns in their keys
 * (two keys for each instance, for example). Returns all entries when there are at most `2 * size`.
 */
export function takeSample(entries: readonly Entry[], size: number): readonly Entry[] {
  if (entries.length <= 2 * size) return entries;
  const hashes = new Uint32Array(entries.length);
  for (const [at, { key }] of entries.entries()) hashes[at] = hash(key);
  const limit = hashes.toSorted()[size - 1] ?? 0;
  const below: Entry[] = [];
  const tied: Entry[] = [];
  for (const [at, entry] of entries.entries()) {
    const own = hashes[at] ?? 0;
    if (own <= limit) (own === limit ? tied : below).push(entry);
  }
  tied.sort((a, b) => compareText(a.key, b.key));
  return [...below, ...tied.slice(0, size - below.length)];
}

/** FNV-1a over the code units, with the final mix of MurmurHash3: keys that differ in one digit get very different hashes. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

import { bytesOf } from './protocol/bytes.js';
import type { CountedRange, RangeAnswer } from './protocol/decode.js';
import { compareKeys, isWithin, type KeyRange } from './protocol/keys.js';

/**
 * Checks that the answer fits the question, and returns it without its count. The keys lie in the range, each once and in
 * ascending order; the revision is one that a store can have; the count agrees with the number of keys. etcd grants
 * permissions by key, so a key outside the range may belong to a stranger.
 *
 * @throws RangeError that names the fault
 */
export function checkRange(answer: CountedRange, range: KeyRange): RangeAnswer {
  const { count, ...page } = answer;
  const { revision, entries, more } = page;
  // etcd counts revisions from 1.
  if (!/^[1-9]/.test(revision)) throw new RangeError(`its revision is ${revision}, which no store has`);
  for (let i = 1; i < entries.length; i++) {
    const [before, key] = [entries[i - 1]?.key ?? '', entries[i]?.key ?? ''];
    if (compareKeys(before, key) >= 0)
      throw new RangeError(`its keys are not in ascending order: ${JSON.stringify(key)} is repeated or out of order`);
  }
  // The keys are in ascending order: if the first and the last lie in the range, all do.
  const stranger = [entries.at(0), entries.at(-1)].find(
    (entry) => entry !== undefined && !isWithin(range, bytesOf(entry.key)),
  );
  if (stranger !== undefined)
    throw new RangeError(`it holds a key outside the requested range: ${JSON.stringify(stranger.key)}`);
  if (more && entries.length === 0) throw new RangeError('it holds no keys but says that more follow');
  if (!more && BigInt(count) > BigInt(entries.length))
    throw new RangeError(`it holds ${entries.length} keys but says that there are ${count}`);
  return page;
}

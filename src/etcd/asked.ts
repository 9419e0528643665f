import { bytesOf } from './protocol/bytes.js';
import type { CountedRange, RangeAnswer } from './protocol/decode.js';
import { compareKeys, isWithin, type KeyRange } from './protocol/keys.js';

/**
 * The answer, when it is one to this question: keys of the range in ascending order, each once, of a revision that a store can have,
 * and as many as it says. Permissions in etcd are by key: a key that was not asked for may be anybody's.
 *
 * @throws RangeError with what is wrong
 */
export function checkRange(answer: CountedRange, range: KeyRange): RangeAnswer {
  const { count, ...asked } = answer;
  const { revision, entries, more } = asked;
  // etcd counts revisions from 1.
  if (!/^[1-9]/.test(revision)) throw new RangeError(`it is of revision ${revision}, which no store has`);
  for (let i = 1; i < entries.length; i++) {
    const [before, key] = [entries[i - 1]?.key ?? '', entries[i]?.key ?? ''];
    if (compareKeys(before, key) >= 0)
      throw new RangeError(`its keys are not in ascending order: ${JSON.stringify(key)} comes again or too late`);
  }
  // In ascending order, all are in the range when the first and the last are.
  const stranger = [entries.at(0), entries.at(-1)].find(
    (entry) => entry !== undefined && !isWithin(range, bytesOf(entry.key)),
  );
  if (stranger !== undefined)
    throw new RangeError(`it holds a key that was not asked for: ${JSON.stringify(stranger.key)}`);
  if (more && entries.length === 0) throw new RangeError('it holds no keys, and says that more follow');
  if (!more && BigInt(count) > BigInt(entries.length))
    throw new RangeError(`it holds ${entries.length} keys, and says that there are ${count}`);
  return asked;
}

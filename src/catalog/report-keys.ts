import { describePrefix } from '../model/key-prefix.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';

/** The next step after a list without keys, for the log and for `validate`. */
export const noKeysHint = 'Correct the prefix of the source, unless nothing has written keys there yet.';

/** Says that a source reads no key: `no key begins with /service/`. @param prefix canonical */
export function describeNoKeys(prefix: string): string {
  return `no key ${describePrefix(prefix)}`;
}

/**
 * Reports the lists of a source that have no key: a warning at the first such list, and a line when a key is there. When the last key
 * is removed under the watch, that is no reason to doubt the prefix.
 *
 * @returns to be called after every batch
 */
export function createKeysReport(log: Log): (snapshot: SourceSnapshot, isList: boolean) => void {
  let isWarned = false;
  return ({ prefix, counts }, isList) => {
    const isEmpty = counts.keys === 0;
    if (isEmpty && isList && !isWarned) log.warn({ prefix, hint: noKeysHint }, describeNoKeys(prefix));
    if (!isEmpty && isWarned) log.info({ prefix, keys: counts.keys }, 'there are keys now');
    isWarned = isEmpty && (isList || isWarned);
  };
}

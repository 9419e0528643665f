import { compareText } from '../../model/order.js';
import type { DesiredFile } from './desired-file.js';

/** Index of the file with this path in a list that is sorted by path; below zero when there is none: then `-1 - index` is its place. */
export function findFile(files: readonly DesiredFile[], path: string): number {
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareText(files[middle]?.path ?? '', path);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** Up to this number, changes are made one by one; more are merged in one pass over the list. */
const few = 64;

/**
 * The list with these files, and without those at `removals` that are not among them. Returns the same list when nothing changes.
 *
 * @param files sorted by path
 */
export function patchFiles(
  files: readonly DesiredFile[],
  writes: ReadonlyMap<string, DesiredFile>,
  removals: ReadonlySet<string>,
): readonly DesiredFile[] {
  const gone = [...removals].filter((path) => !writes.has(path) && findFile(files, path) >= 0);
  const changed = [...writes.values()].filter((file) => files[findFile(files, file.path)] !== file);
  if (gone.length + changed.length === 0) return files;
  if (gone.length + changed.length > few) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const path of gone) byPath.delete(path);
    for (const file of changed) byPath.set(file.path, file);
    return [...byPath.values()].sort((a, b) => compareText(a.path, b.path));
  }
  const list = [...files];
  for (const path of gone) list.splice(findFile(list, path), 1);
  for (const file of changed) {
    const at = findFile(list, file.path);
    if (at >= 0) list[at] = file;
    else list.splice(-1 - at, 0, file);
  }
  return list;
}

/** What differs between two sorted lists of files: files that are not the same object, and paths that only the first list has. */
export interface FileDifferences {
  readonly changed: readonly DesiredFile[];
  readonly gone: readonly DesiredFile[];
}

/** Compares by identity: one comparison for each file. */
export function differencesOf(before: readonly DesiredFile[], after: readonly DesiredFile[]): FileDifferences {
  const changed: DesiredFile[] = [];
  const gone: DesiredFile[] = [];
  if (before === after) return { changed, gone };
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, now] = [before[left], after[right]];
    if (old === now) {
      left += 1;
      right += 1;
      continue;
    }
    const order = old === undefined ? 1 : now === undefined ? -1 : compareText(old.path, now.path);
    if (order < 0 && old) gone.push(old);
    if (order >= 0 && now) changed.push(now);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return { changed, gone };
}

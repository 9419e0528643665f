import type { ViewQuery } from './queries.js';
import type { CachedLoop } from './plan.js';
import type { Texts } from './texts.js';

/** The result of one run of a block over services or instances: for each item, its text and the data that the text depends on. */
export interface CachedList {
  readonly loop: CachedLoop;
  /** The values that the body reads from outside. */
  readonly outer: readonly unknown[];
  readonly items: readonly unknown[];
  readonly texts: Texts;
  /** Indexes of the items in whose body a failure occurred. */
  readonly failed: ReadonlySet<number> | undefined;
  /** By index of the item; undefined for an item without queries or nested lists. */
  readonly queries: readonly (readonly ViewQuery[] | undefined)[] | undefined;
  readonly nested: readonly (CachedLists | undefined)[] | undefined;
}

/** The lists that ran within the whole template, or within the body of one service, in the order of their runs. */
export interface CachedLists {
  readonly lists: CachedList[];
}

/** Whether `@index`, `@first` and `@last`, as far as the body reads them, are equal for index `at` of `old` items and index `now` of `count`. */
export function hasSamePosition(
  { index, first, last }: CachedLoop,
  at: number,
  old: number,
  now: number,
  count: number,
): boolean {
  if (index && at !== now) return false;
  if (first && (at === 0) !== (now === 0)) return false;
  return !last || (at === old - 1) === (now === count - 1);
}

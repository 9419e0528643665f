import type { Look } from './looks.js';
import type { Site } from './plan.js';
import type { Texts } from './texts.js';

/** One run of a block over services or instances: for each item its text and what that was made from. */
export interface Kept {
  readonly site: Site;
  /** What its body reads from around it. */
  readonly outer: readonly unknown[];
  readonly items: readonly unknown[];
  readonly texts: Texts;
  /** Places of the items that failed, or in which something failed. */
  readonly failed: ReadonlySet<number> | undefined;
  /** By place, absent where there are none. */
  readonly looks: readonly (readonly Look[] | undefined)[] | undefined;
  readonly slots: readonly (Slot | undefined)[] | undefined;
}

/** What ran within one text: the whole template, or the body for one service. In the order in which it ran. */
export interface Slot {
  readonly lists: Kept[];
}

/** Whether an item that stood at `at` of `old` reads the same of its place at `now` of `count`. */
export function standsAlike(
  { index, first, last }: Site,
  at: number,
  old: number,
  now: number,
  count: number,
): boolean {
  if (index && at !== now) return false;
  if (first && (at === 0) !== (now === 0)) return false;
  return !last || (at === old - 1) === (now === count - 1);
}

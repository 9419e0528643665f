import type { Service } from '../../model/instance.js';
import { createFinder } from './find.js';
import { standsAlike } from './kept.js';
import type { Kept, Slot } from './kept.js';
import { sameLooks } from './looks.js';
import type { Look } from './looks.js';
import type { Site } from './plan.js';
import { createPieces, createSheet, shareText } from './texts.js';

/** What a body made. */
export interface Made {
  readonly text: string;
  readonly failed: boolean;
  readonly looks: readonly Look[];
}

export interface ListOptions {
  readonly site: Site;
  readonly outer: readonly unknown[];
  readonly items: readonly unknown[];
  /** What the same block left in the last rendering. */
  readonly former: Kept | undefined;
  /** True when `former` was made with the same `outer`. */
  readonly usable: boolean;
  /** True when what the helpers saw is what they would see now; it then counts as seen. */
  readonly holds: (looks: readonly Look[]) => boolean;
  /** Runs the body for the item at a place. `slot` takes what lists it leaves; `left` is what they left last time. */
  readonly run: (index: number, slot: Slot | undefined, left: Slot | undefined) => Made;
}

/** Puts a list together, from the texts that may be used again and those of the bodies that must be run. */
export function makeList({ site, outer, items, former, usable, holds, run }: ListOptions): Kept {
  const old = usable ? former : undefined;
  const find = old && createFinder(old.items);
  const slotOf = createSlotFinder(site, former);
  const writer = site.ofServices ? createPieces(old?.texts) : createSheet(old?.texts, items.length);
  const failed = new Set<number>();
  const looks: (readonly Look[] | undefined)[] = [];
  const slots: (Slot | undefined)[] = [];
  let lastLooks: readonly Look[] = [];

  const reuse = (at: number, index: number): boolean => {
    if (old === undefined || at < 0 || old.failed?.has(at) === true) return false;
    if (!standsAlike(site, at, old.items.length, index, items.length)) return false;
    const noted = old.looks?.[at];
    if (noted !== undefined) {
      if (!holds(noted)) return false;
      looks[index] = lastLooks = noted;
    }
    const slot = old.slots?.[at];
    if (slot !== undefined) slots[index] = slot;
    writer.copy(at);
    return true;
  };

  const make = (index: number): void => {
    const slot: Slot | undefined = site.ofServices ? { lists: [] } : undefined;
    const made = run(index, slot, slotOf(items[index], index));
    writer.add(made.text);
    if (made.failed) failed.add(index);
    if (made.looks.length > 0) looks[index] = lastLooks = sameLooks(made.looks, lastLooks) ? lastLooks : made.looks;
    if (slot === undefined || slot.lists.length === 0) return;
    slots[index] = slot;
    shareText(
      made.text,
      slot.lists.map(({ texts }) => texts),
    );
  };

  for (let index = 0; index < items.length; index++) {
    const at = find === undefined ? -1 : find(items[index], items[index + 1]);
    if (!reuse(at, index)) make(index);
  }
  return {
    site,
    outer,
    items,
    texts: writer.finish(),
    failed: failed.size === 0 ? undefined : failed,
    looks: looks.length === 0 ? undefined : looks,
    slots: slots.length === 0 ? undefined : slots,
  };
}

/** Finds what the lists of a service left last time, when the service itself has changed: by its name. */
function createSlotFinder(site: Site, former: Kept | undefined): (item: unknown, index: number) => Slot | undefined {
  const { items = [], slots } = former ?? {};
  if (!site.ofServices || slots === undefined) return () => undefined;
  const nameOf = (item: unknown): string | undefined => (item as Service | undefined)?.name;
  let places: Map<unknown, number> | undefined;
  return (item, index) => {
    const name = nameOf(item);
    if (nameOf(items[index]) === name) return slots[index];
    places ??= new Map(items.map((one, at) => [nameOf(one), at]));
    const at = places.get(name);
    return at === undefined ? undefined : slots[at];
  };
}

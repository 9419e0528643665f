import type { Service } from '../../model/instance.js';
import { sameItems } from '../../model/same.js';
import type { Run } from '../engine/run.js';
import type { Kept, Slot } from './kept.js';
import { makeList } from './list.js';
import type { Made } from './list.js';
import { stillHolds } from './looks.js';
import type { Look } from './looks.js';
import type { Site } from './plan.js';
import { joinTexts } from './texts.js';

/**
 * What one template wrote for each service and instance in its last rendering. A text is used again when its body read
 * nothing that has changed since: the item is the identical object, and so is (or equal, for text and numbers) all
 * else that the body reads. Holds what the last rendering used and nothing of the ones before.
 */
export interface RenderMemory {
  /** Runs a rendering. One that throws leaves the memory as it was. */
  render(run: Run, service: Service | undefined, body: () => string): string;
  /** Notes what a helper saw in the view. */
  noteLook(look: Look): void;
  /**
   * The text of a block over a list, whose body is run for the items that need it; undefined when nothing of it is to be
   * kept, and the body is to be run for all.
   * @param outer what the body reads from around it.
   */
  writeList(site: Site, outer: readonly unknown[], items: readonly unknown[], body: Body): string | undefined;
}

type Body = (index: number) => string;

const none: readonly Look[] = [];

/** A text that is being made. */
interface Making {
  /** What its last making left, and how much of that was used. */
  readonly left: Slot | undefined;
  used: number;
  /** Takes what this one leaves; absent where nothing is kept. */
  readonly slot: Slot | undefined;
  looks: Set<Look> | undefined;
}

/** Below this many instances it costs more to remember their texts than to write them again. */
const worthKeeping = 8;

/** @param least number of instances from which on their texts are kept. */
export function createMemory(least = worthKeeping): RenderMemory {
  const roots = new Map<string, Slot>();
  let services: readonly Service[] | undefined;
  let running: Run | undefined;
  let making: Making | undefined;

  /** Runs a body on its own: what it looks at and the lists in it are its own affair. */
  const make = (run: Run, slot: Slot | undefined, left: Slot | undefined, body: Body, index: number): Made => {
    const around = making;
    const own: Making = { left, used: 0, slot, looks: undefined };
    const failures = run.failures;
    making = own;
    try {
      const text = body(index);
      const looks = own.looks === undefined ? none : [...own.looks];
      see(around, looks);
      return { text, looks, failed: run.failures > failures };
    } finally {
      making = around;
    }
  };

  const forgetVanished = (current: readonly Service[]): void => {
    if (current === services) return;
    services = current;
    const names = new Set(current.map(({ name }) => name));
    for (const name of roots.keys()) if (!names.has(name)) roots.delete(name);
  };

  return {
    render(run, service, body) {
      if (service !== undefined) forgetVanished(run.view.services);
      const slot: Slot = { lists: [] };
      const key = service?.name ?? '';
      running = run;
      try {
        const { text } = make(run, slot, roots.get(key), body, 0);
        roots.set(key, slot);
        return text;
      } finally {
        running = undefined;
      }
    },

    noteLook(look) {
      see(making, [look]);
    },

    writeList(site, outer, items, body) {
      const run = running;
      const around = making;
      if (run === undefined || around?.slot === undefined || (!site.ofServices && items.length < least))
        return undefined;
      const former = takeFormer(around, site);
      const usable = former !== undefined && sameValues(former.outer, outer);
      const holds = (looks: readonly Look[]): boolean => {
        if (!looks.every((look) => stillHolds(look, run))) return false;
        see(around, looks);
        return true;
      };
      const kept =
        usable && isWhole(former, items, holds)
          ? former
          : makeList({
              site,
              outer,
              items,
              former,
              usable,
              holds,
              run: (index, slot, left) => make(run, slot, left, body, index),
            });
      around.slot.lists.push(kept);
      return joinTexts(kept.texts);
    },
  };
}

/** Of as many arguments as the site hands over. */
function sameValues(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, index) => Object.is(value, b[index]));
}

function see(making: Making | undefined, looks: readonly Look[]): void {
  if (making === undefined || looks.length === 0) return;
  making.looks ??= new Set();
  for (const look of looks) making.looks.add(look);
}

/** What the same block left, as far as it was not yet used: a block may run more than once within one text. */
function takeFormer(making: Making, site: Site): Kept | undefined {
  const lists = making.left?.lists ?? [];
  for (let at = making.used; at < lists.length; at++)
    if (lists[at]?.site === site) {
      making.used = at + 1;
      return lists[at];
    }
  return undefined;
}

/** Whether a list may be used again as it is. */
function isWhole(
  { items, failed, looks }: Kept,
  now: readonly unknown[],
  holds: (looks: readonly Look[]) => boolean,
): boolean {
  if (failed !== undefined || !sameItems(items, now)) return false;
  return [...new Set(looks)].every((noted) => noted === undefined || holds(noted));
}

import type { Service } from '../../model/instance.js';
import { sameItems } from '../../model/same.js';
import type { Rendering } from '../engine/rendering.js';
import type { CachedList, CachedLists } from './cached-list.js';
import { renderList } from './list.js';
import type { BodyResult } from './list.js';
import { isStillValid } from './queries.js';
import type { ViewQuery } from './queries.js';
import type { CachedLoop } from './plan.js';
import type { Texts } from './texts.js';

/**
 * The texts that one template wrote for each service and instance in its last rendering. A text is reused when all inputs of its body are
 * unchanged: the item and the objects that the body reads are identical, and texts and numbers are equal. The cache holds only texts of the
 * last rendering.
 */
export interface RenderCache {
  /**
   * Runs a rendering, and adds what its helpers leave out. When `body` throws, the cache stays unchanged.
   * @returns whether a helper read the view
   */
  render(rendering: Rendering, service: Service | undefined, body: () => void): boolean;
  /** Records a call of a helper that reads the view. */
  recordQuery(query: ViewQuery): void;
  /**
   * The texts of a block over a list. Runs the body for the items without a valid text. Undefined when the list is not cached: the caller
   * then runs the body for all items.
   * @param outer the values that the body reads from outside.
   */
  writeList(loop: CachedLoop, outer: readonly unknown[], items: readonly unknown[], body: Body): Texts | undefined;
}

type Body = (index: number) => string;

const none: readonly ViewQuery[] = [];

/** A body that is running. */
interface RunningBody {
  /** The lists of its last run. `used` counts those that are already taken. */
  readonly previous: CachedLists | undefined;
  used: number;
  /** Receives the lists of this run; undefined when they are not cached. */
  readonly lists: CachedLists | undefined;
  queries: Set<ViewQuery> | undefined;
}

/** For fewer instances, rendering their texts again is cheaper than caching them. */
const minInstances = 8;

/** @param least the least number of instances of a cached list. */
export function createRenderCache(least = minInstances): RenderCache {
  const rootLists = new Map<string, CachedLists>();
  let services: readonly Service[] | undefined;
  let current: Rendering | undefined;
  let running: RunningBody | undefined;

  /** Runs a body, and collects its own queries and lists. The outer body receives the queries too. */
  const make = (
    rendering: Rendering,
    lists: CachedLists | undefined,
    previous: CachedLists | undefined,
    body: Body,
    index: number,
  ): BodyResult => {
    const outerBody = running;
    const own: RunningBody = { previous, used: 0, lists, queries: undefined };
    const failures = rendering.failures;
    running = own;
    try {
      const text = body(index);
      const queries = own.queries === undefined ? none : [...own.queries];
      addQueries(outerBody, queries);
      return { text, queries, failed: rendering.failures > failures };
    } finally {
      running = outerBody;
    }
  };

  /** The cost is the number of services, so it waits until half of the cached ones may have gone. */
  const forgetVanished = (current: readonly Service[]): void => {
    if (current === services || rootLists.size <= 2 * current.length) return;
    services = current;
    const names = new Set(current.map(({ name }) => name));
    for (const name of rootLists.keys()) if (!names.has(name)) rootLists.delete(name);
  };

  return {
    render(rendering, service, body) {
      if (service !== undefined) forgetVanished(rendering.view.services);
      const lists: CachedLists = { lists: [] };
      const key = service?.name ?? '';
      current = rendering;
      try {
        const run = (): string => {
          body();
          return '';
        };
        const { queries } = make(rendering, lists, rootLists.get(key), run, 0);
        for (const { helper, args } of queries) if (helper.omitted) rendering.omit(helper.omitted(args, rendering));
        // Most files of a fan-out have no list that is worth keeping.
        if (lists.lists.length > 0) rootLists.set(key, lists);
        else rootLists.delete(key);
        return queries.length > 0;
      } finally {
        current = undefined;
      }
    },

    recordQuery(query) {
      addQueries(running, [query]);
    },

    writeList(loop, outer, items, body) {
      const rendering = current;
      const outerBody = running;
      if (rendering === undefined || outerBody?.lists === undefined || (!loop.ofServices && items.length < least))
        return undefined;
      const previous = takePrevious(outerBody, loop);
      const usable = previous !== undefined && sameValues(previous.outer, outer);
      const isValid = (queries: readonly ViewQuery[]): boolean => {
        if (!queries.every((query) => isStillValid(query, rendering))) return false;
        addQueries(outerBody, queries);
        return true;
      };
      const list =
        usable && isUnchanged(previous, items, isValid)
          ? previous
          : renderList({
              loop,
              outer,
              items,
              previous,
              usable,
              isValid,
              run: (index, lists, previous) => make(rendering, lists, previous, body, index),
            });
      outerBody.lists.lists.push(list);
      return list.texts;
    },
  };
}

/** Both have the length of `CachedLoop.outer`. */
function sameValues(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, index) => Object.is(value, b[index]));
}

function addQueries(running: RunningBody | undefined, queries: readonly ViewQuery[]): void {
  if (running === undefined || queries.length === 0) return;
  running.queries ??= new Set();
  for (const query of queries) running.queries.add(query);
}

/** The next unused list of this block in the last run. A block may run more than once within one body. */
function takePrevious(running: RunningBody, loop: CachedLoop): CachedList | undefined {
  const lists = running.previous?.lists ?? [];
  for (let at = running.used; at < lists.length; at++)
    if (lists[at]?.loop === loop) {
      running.used = at + 1;
      return lists[at];
    }
  return undefined;
}

/** Whether the whole list can be reused. */
function isUnchanged(
  { items, failed, queries }: CachedList,
  now: readonly unknown[],
  isValid: (queries: readonly ViewQuery[]) => boolean,
): boolean {
  if (failed !== undefined || !sameItems(items, now)) return false;
  return [...new Set(queries)].every((oldQueries) => oldQueries === undefined || isValid(oldQueries));
}

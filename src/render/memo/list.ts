import type { Service } from '../../model/instance.js';
import { createItemFinder } from './find.js';
import { hasSamePosition } from './cached-list.js';
import type { CachedList, CachedLists } from './cached-list.js';
import { sameQueries } from './queries.js';
import type { ViewQuery } from './queries.js';
import type { CachedLoop } from './plan.js';
import { createPieceWriter, createJoinedWriter, shareText } from './texts.js';

/** The result of one body. */
export interface BodyResult {
  readonly text: string;
  readonly failed: boolean;
  readonly queries: readonly ViewQuery[];
}

export interface ListOptions {
  readonly loop: CachedLoop;
  readonly outer: readonly unknown[];
  readonly items: readonly unknown[];
  /** The result of the same block in the last rendering. */
  readonly previous: CachedList | undefined;
  /** True when `previous` has the same `outer`. */
  readonly usable: boolean;
  /** True when the helpers would answer the same now. The queries then count as queries of this rendering too. */
  readonly isValid: (queries: readonly ViewQuery[]) => boolean;
  /** Runs the body for one item. `nestedLists` receives the lists within it; `previous` has those of the last rendering. */
  readonly run: (index: number, nestedLists: CachedLists | undefined, previous: CachedLists | undefined) => BodyResult;
}

/** Renders a list: it copies the texts that are still valid and runs the bodies of the other items. */
export function renderList({ loop, outer, items, previous, usable, isValid, run }: ListOptions): CachedList {
  const old = usable ? previous : undefined;
  const find = old && createItemFinder(old.items);
  const findPrevious = createPreviousFinder(loop, previous);
  const writer = loop.ofServices ? createPieceWriter(old?.texts) : createJoinedWriter(old?.texts, items.length);
  const failed = new Set<number>();
  const queries: (readonly ViewQuery[] | undefined)[] = [];
  const nested: (CachedLists | undefined)[] = [];
  let lastQueries: readonly ViewQuery[] = [];

  const reuse = (at: number, index: number): boolean => {
    if (old === undefined || at < 0 || old.failed?.has(at) === true) return false;
    if (!hasSamePosition(loop, at, old.items.length, index, items.length)) return false;
    const oldQueries = old.queries?.[at];
    if (oldQueries !== undefined) {
      if (!isValid(oldQueries)) return false;
      queries[index] = lastQueries = oldQueries;
    }
    const nestedLists = old.nested?.[at];
    if (nestedLists !== undefined) nested[index] = nestedLists;
    writer.copy(at);
    return true;
  };

  const make = (index: number): void => {
    const nestedLists: CachedLists | undefined = loop.ofServices ? { lists: [] } : undefined;
    const result = run(index, nestedLists, findPrevious(items[index], index));
    writer.add(result.text);
    if (result.failed) failed.add(index);
    if (result.queries.length > 0)
      queries[index] = lastQueries = sameQueries(result.queries, lastQueries) ? lastQueries : result.queries;
    if (nestedLists === undefined || nestedLists.lists.length === 0) return;
    nested[index] = nestedLists;
    shareText(
      result.text,
      nestedLists.lists.map(({ texts }) => texts),
    );
  };

  for (let index = 0; index < items.length; index++) {
    const at = find === undefined ? -1 : find(items[index], items[index + 1]);
    if (!reuse(at, index)) make(index);
  }
  return {
    loop,
    outer,
    items,
    texts: writer.finish(),
    failed: failed.size === 0 ? undefined : failed,
    queries: queries.length === 0 ? undefined : queries,
    nested: nested.length === 0 ? undefined : nested,
  };
}

/** Finds what the lists of a service previous last time, when the service itself has changed: by its name. */
function createPreviousFinder(
  loop: CachedLoop,
  previous: CachedList | undefined,
): (item: unknown, index: number) => CachedLists | undefined {
  const { items = [], nested } = previous ?? {};
  if (!loop.ofServices || nested === undefined) return () => undefined;
  const nameOf = (item: unknown): string | undefined => (item as Service | undefined)?.name;
  let indexes: Map<unknown, number> | undefined;
  return (item, index) => {
    const name = nameOf(item);
    if (nameOf(items[index]) === name) return nested[index];
    indexes ??= new Map(items.map((one, at) => [nameOf(one), at]));
    const at = indexes.get(name);
    return at === undefined ? undefined : nested[at];
  };
}

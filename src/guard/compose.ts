import type { Instance, Service } from '../model/instance.js';
import { baseOf } from '../model/key-prefix.js';
import { buildTree } from '../model/kv-tree.js';
import { compareText, sortInstances } from '../model/order.js';
import type { Pair } from '../model/pair.js';
import { sameItems } from '../model/same.js';
import type { Tree, View } from '../model/view.js';
import { findService } from './differing.js';
import type { PlacedPair, RawPairs } from './pairs.js';

/** What a target is made from: a view, and the raw pairs in it by source, in the order of the sources. */
export interface GuardedView {
  readonly view: View;
  readonly raw: readonly RawPairs[];
}

/** What is held, by service and by raw source. No list is empty. */
export interface HeldItems {
  readonly instances: ReadonlyMap<string, readonly Instance[]>;
  readonly pairs: ReadonlyMap<string, readonly PlacedPair[]>;
}

/**
 * Puts held instances and pairs into selections, one after the other. What did not change stays the same object as the time before; without
 * holds, the result is the selection. With holds, the cost is the number of services and the size of what holds anything.
 */
export function createComposer(): (selection: GuardedView, held: HeldItems) => GuardedView {
  const composeServices = createServicesComposer();
  const composePairs = createPairsComposer();
  let last: GuardedView | undefined;
  return (selection, held) => {
    const services = composeServices(selection.view.services, held.instances);
    const { kv, raw } = composePairs(selection, held.pairs);
    const { vars, env, target } = selection.view;
    if (services === selection.view.services && kv === selection.view.kv) return (last = selection);
    const isSame =
      last?.view.services === services &&
      last.view.kv === kv &&
      last.view.vars === vars &&
      last.view.env === env &&
      last.view.target === target;
    const view = isSame && last ? last.view : Object.freeze({ services, kv, vars, env, target });
    return (last = { view, raw });
  };
}

interface Composed {
  readonly selected: Service | undefined;
  readonly held: readonly Instance[];
  readonly service: Service;
}

function createServicesComposer() {
  let composed = new Map<string, Composed>();
  let list: readonly Service[] = [];

  function compose(selected: Service | undefined, name: string, held: readonly Instance[]): Composed {
    const before = composed.get(name);
    if (before?.selected === selected && before && sameItems(before.held, held)) return before;
    const instances = Object.freeze(sortInstances([...(selected?.instances ?? []), ...held]));
    const service = Object.freeze({ name, instances, expected: selected?.expected ?? false });
    return { selected, held, service };
  }

  return (services: readonly Service[], held: HeldItems['instances']): readonly Service[] => {
    const next = new Map<string, Composed>();
    for (const [name, items] of held) next.set(name, compose(findService(services, name), name, items));
    composed = next;
    if (next.size === 0) return services;
    const others = services.filter(({ name }) => !next.has(name));
    const merged = [...others, ...[...next.values()].map(({ service }) => service)].sort((a, b) =>
      compareText(a.name, b.name),
    );
    if (!sameItems(list, merged)) list = Object.freeze(merged);
    return list;
  };
}

interface ComposedPairs {
  readonly kv: View['kv'];
  readonly raw: readonly RawPairs[];
}

function createPairsComposer() {
  let last: { readonly inputs: readonly unknown[]; readonly result: ComposedPairs } | undefined;
  return ({ view, raw }: GuardedView, held: HeldItems['pairs']): ComposedPairs => {
    if (held.size === 0) return { kv: view.kv, raw };
    const inputs = [view.kv, ...raw.map(({ pairs }) => pairs), ...[...held].flat(2)];
    if (last && sameItems(last.inputs, inputs)) return last.result;
    const result = composePairs(view.kv, raw, held);
    last = { inputs, result };
    return result;
  };
}

function composePairs(kv: View['kv'], raw: readonly RawPairs[], held: HeldItems['pairs']): ComposedPairs {
  const present = new Set(kv.pairs.map(({ key }) => key));
  const added = new Map<string, Pair>();
  const tree = Object.assign(Object.create(null) as Record<string, Tree>, kv.tree);
  const sources = new Map(raw.map((source) => [source.source, source]));
  for (const [source, items] of held) {
    const selected = sources.get(source);
    for (const { pair } of items) if (!present.has(pair.key) && !added.has(pair.key)) added.set(pair.key, pair);
    const pairs = selected?.pairs ?? [];
    const merged = Object.freeze(sortPairs([...pairs, ...items.map(({ pair }) => pair)]));
    const prefix = selected?.prefix ?? items[0]?.base ?? '';
    sources.set(source, { source, prefix, pairs: merged });
    tree[source] = treeWith(pairs, items, baseOf(prefix));
  }
  const pairs = Object.freeze(sortPairs([...kv.pairs, ...added.values()]));
  return { kv: Object.freeze({ pairs, tree: Object.freeze(tree) }), raw: [...sources.values()] };
}

/** A held pair stays at its place in the tree, also when the source has another prefix now. A pair of etcd at this place has priority. */
function treeWith(pairs: readonly Pair[], held: readonly PlacedPair[], base: string): Tree {
  const placed = new Map(pairs.map((pair) => [pair.key, pair]));
  for (const { pair, base: former } of held) {
    const key = pair.key.startsWith(former) ? base + pair.key.slice(former.length) : pair.key;
    if (!placed.has(key)) placed.set(key, { key, value: pair.value });
  }
  return buildTree(sortPairs([...placed.values()]), base);
}

function sortPairs(pairs: readonly Pair[]): Pair[] {
  return [...pairs].sort((a, b) => compareText(a.key, b.key));
}

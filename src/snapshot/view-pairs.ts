import { freezeCopy } from '../model/deep-freeze.js';
import { baseOf } from '../model/key-prefix.js';
import { compareText } from '../model/order.js';
import type { Pair } from '../model/pair.js';
import { sameItems } from '../model/same.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import { differingParts, findSorted, replaceSorted } from '../model/sorted-list.js';
import type { Tree, View } from '../model/view.js';
import { buildTree } from '../model/kv-tree.js';

/** Gathers the pairs of the raw sources, updated from one call to the next. What did not change stays the same object. */
export function createPairGatherer(): (sources: readonly SourceSnapshot[]) => View['kv'] {
  let before: readonly SourceSnapshot[] = [];
  let kv: View['kv'] = Object.freeze({ pairs: Object.freeze([]), tree: freezeCopy({}) });
  return (sources) => {
    const raw = sources.filter(({ format }) => format === 'raw');
    if (sameItems(inputsOf(before), inputsOf(raw))) return kv;
    const tree = Object.create(null) as Record<string, Tree>;
    for (const { source, prefix, pairs } of raw) tree[source] = buildTree(pairs, baseOf(prefix));
    kv = Object.freeze({ pairs: mergePairs(raw, before, kv.pairs), tree: Object.freeze(tree) });
    before = raw;
    return kv;
  };
}

function inputsOf(raw: readonly SourceSnapshot[]): readonly unknown[] {
  return raw.flatMap(({ source, prefix, pairs }) => [source, prefix, pairs]);
}

/** If prefixes overlap, a key appears once: with the value of the first source. */
function mergePairs(
  raw: readonly SourceSnapshot[],
  before: readonly SourceSnapshot[],
  merged: readonly Pair[],
): readonly Pair[] {
  const [only] = raw;
  if (only !== undefined && raw.length === 1) return only.pairs;
  if (!sameItems(namesOf(raw), namesOf(before))) return mergeAll(raw);
  const changed = new Set(
    raw.flatMap(({ pairs }, at) => {
      const parts = differingParts(before[at]?.pairs ?? [], pairs);
      return [...parts.before, ...parts.after].map(keyOf);
    }),
  );
  const firstOf = (key: string): Pair | undefined => {
    for (const { pairs } of raw) {
      const pair = findSorted(pairs, key, keyOf);
      if (pair !== undefined) return pair;
    }
    return undefined;
  };
  return Object.freeze(replaceSorted(merged, new Map([...changed].map((key) => [key, firstOf(key)])), keyOf));
}

function mergeAll(raw: readonly SourceSnapshot[]): readonly Pair[] {
  const byKey = new Map<string, Pair>();
  for (const { pairs } of raw) for (const pair of pairs) if (!byKey.has(pair.key)) byKey.set(pair.key, pair);
  return Object.freeze([...byKey.values()].sort((a, b) => compareText(a.key, b.key)));
}

function namesOf(raw: readonly SourceSnapshot[]): readonly string[] {
  return raw.map(({ source }) => source);
}

function keyOf({ key }: Pair): string {
  return key;
}

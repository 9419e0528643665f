import { compareText } from './order.js';

/** The most entries of one chunk: what a change copies, besides the list of chunks. */
const maxChunk = 128;
/** A chunk with fewer entries is joined with a neighbour when both fit into one. So many removals do not leave many small chunks. */
const minChunk = 32;

/** Entries that stand next to each other, in code-unit order of the keys. Never empty. */
interface Chunk<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[];
}

/**
 * An immutable map in code-unit order of its keys. A changed map shares all chunks with the map before in which nothing has changed: a change
 * costs the changed entries and the number of chunks, and `changedKeys` finds what differs between two maps at about the same cost. `get` is a
 * binary search. The map holds no `undefined`.
 */
export class SortedMap<V extends object> implements ReadonlyMap<string, V> {
  readonly size: number;
  /** @internal */
  readonly chunks: readonly Chunk<V>[];

  private constructor(chunks: readonly Chunk<V>[]) {
    this.chunks = chunks;
    this.size = chunks.reduce((sum, { keys }) => sum + keys.length, 0);
  }

  /** A map of these entries, in any order. Of several entries with one key, the last counts. The cost of sorted entries is their number. */
  static from<V extends object>(entries: Iterable<readonly [string, V]>): SortedMap<V> {
    return new SortedMap<V>([]).with(new Map(entries));
  }

  /** A copy with these changes; `undefined` removes a key. The same map when nothing differs. */
  with(changes: ReadonlyMap<string, V | undefined>): SortedMap<V> {
    const edits = [...changes].filter(([key, value]) => this.get(key) !== value);
    if (edits.length === 0) return this;
    if (!isSorted(edits)) edits.sort(([a], [b]) => compareText(a, b));
    const chunks: Chunk<V>[] = [];
    let next = 0;
    for (let at = 0; at < Math.max(1, this.chunks.length); at++) {
      const chunk = this.chunks[at];
      // The first key of the following chunk: all edits before it belong to this one.
      const limit = this.chunks[at + 1]?.keys[0];
      const from = next;
      while (next < edits.length && (limit === undefined || (edits[next]?.[0] ?? '') < limit)) next++;
      if (from === next && chunk !== undefined) push(chunks, chunk);
      else for (const piece of split(merge(chunk, edits.slice(from, next)))) push(chunks, piece);
    }
    return new SortedMap(chunks);
  }

  get(key: string): V | undefined {
    const chunk = this.chunks[lastNotAfter(this.chunks.length, (at) => this.chunks[at]?.keys[0], key)];
    if (chunk === undefined) return undefined;
    const at = lastNotAfter(chunk.keys.length, (index) => chunk.keys[index], key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  *keys(): MapIterator<string> {
    for (const { keys } of this.chunks) yield* keys;
  }

  *values(): MapIterator<V> {
    for (const { values } of this.chunks) yield* values;
  }

  *entries(): MapIterator<[string, V]> {
    for (const { keys, values } of this.chunks)
      for (const [at, value] of values.entries()) yield [keys[at] ?? '', value];
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}

/**
 * The keys whose values are not the same object in both maps, sorted. Of two maps of which one was made from the other by `with`, chunks that
 * they share are skipped. For other maps, the cost is their size.
 */
export function changedKeys<V extends object>(
  before: ReadonlyMap<string, V>,
  after: ReadonlyMap<string, V>,
): readonly string[] {
  if (before === after) return [];
  if (isSortedMap(before) && isSortedMap(after)) return changedInChunks(before.chunks, after.chunks);
  const changed = [...after].flatMap(([key, value]) => (before.get(key) === value ? [] : [key]));
  for (const key of before.keys()) if (!after.has(key)) changed.push(key);
  return changed.sort(compareText);
}

function isSortedMap(map: ReadonlyMap<string, object>): map is SortedMap<object> {
  return map instanceof SortedMap;
}

/** A place in a list of chunks. */
interface Place {
  chunk: number;
  at: number;
}

function changedInChunks(before: readonly Chunk<object>[], after: readonly Chunk<object>[]): string[] {
  const changed: string[] = [];
  const [left, right]: [Place, Place] = [
    { chunk: 0, at: 0 },
    { chunk: 0, at: 0 },
  ];
  for (;;) {
    const [old, now] = [before[left.chunk], after[right.chunk]];
    if (old === undefined && now === undefined) return changed;
    if (old !== undefined && old === now && left.at === 0 && right.at === 0) {
      left.chunk++;
      right.chunk++;
      continue;
    }
    const [oldKey, nowKey] = [old?.keys[left.at], now?.keys[right.at]];
    const order = oldKey === nowKey ? 0 : oldKey === undefined || (nowKey !== undefined && nowKey < oldKey) ? 1 : -1;
    if (order !== 0 || old?.values[left.at] !== now?.values[right.at])
      changed.push((order <= 0 ? oldKey : nowKey) ?? '');
    if (order <= 0 && old) advance(left, old);
    if (order >= 0 && now) advance(right, now);
  }
}

function advance(place: Place, { keys }: Chunk<object>): void {
  place.at++;
  if (place.at < keys.length) return;
  place.chunk++;
  place.at = 0;
}

/** The last index whose key is not after `key`; 0 when there is none. */
function lastNotAfter(length: number, keyAt: (index: number) => string | undefined, key: string): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((keyAt(middle) ?? '') <= key) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

function isSorted(edits: readonly (readonly [string, unknown])[]): boolean {
  return edits.every(([key], at) => at === 0 || (edits[at - 1]?.[0] ?? '') < key);
}

function merge<V>(
  chunk: Chunk<V> | undefined,
  edits: readonly (readonly [string, V | undefined])[],
): { keys: string[]; values: V[] } {
  const merged: { keys: string[]; values: V[] } = { keys: [], values: [] };
  let next = 0;
  const add = (key: string, value: V | undefined): void => {
    if (value === undefined) return;
    merged.keys.push(key);
    merged.values.push(value);
  };
  for (const [at, key] of (chunk?.keys ?? []).entries()) {
    for (let edit = edits[next]; edit && edit[0] < key; edit = edits[++next]) add(...edit);
    const edit = edits[next];
    if (edit?.[0] !== key) add(key, chunk?.values[at]);
  }
  for (let edit = edits[next]; edit; edit = edits[++next]) add(...edit);
  return merged;
}

/** Chunks of about equal sizes. */
function split<V>({ keys, values }: Chunk<V>): Chunk<V>[] {
  const count = Math.ceil(keys.length / maxChunk);
  const size = Math.ceil(keys.length / count);
  return Array.from({ length: count }, (_, index) => ({
    keys: keys.slice(index * size, (index + 1) * size),
    values: values.slice(index * size, (index + 1) * size),
  }));
}

function push<V>(chunks: Chunk<V>[], chunk: Chunk<V>): void {
  const last = chunks.at(-1);
  const [left, right] = [last?.keys.length ?? 0, chunk.keys.length];
  if (last === undefined || Math.min(left, right) >= minChunk || left + right > maxChunk) chunks.push(chunk);
  else
    chunks[chunks.length - 1] = {
      keys: [...last.keys, ...chunk.keys],
      values: [...last.values, ...chunk.values],
    };
}

/** Which lines of two texts have no partner in the other one: 1 where a line goes (`removed`) or comes (`added`). */
export interface Edits {
  readonly removed: Uint8Array;
  readonly added: Uint8Array;
}

interface Region {
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** Edits that a search for the shortest way may come to: beyond, its cost, their square, is no longer worth it. */
const most = 400;

/**
 * The lines that go and come. The lines that stay are the same, in the same order, on both sides. Few changes in
 * many lines are found as the shortest way (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986); many are
 * split first at lines that stand once on both sides (patience diff), and what then has nothing in common is replaced whole.
 * Costs N log N at worst, however different the texts are.
 */
export function findEdits(before: readonly string[], after: readonly string[]): Edits {
  const [a, b] = number(before, after);
  const edits: Edits = { removed: new Uint8Array(a.length), added: new Uint8Array(b.length) };
  const open: Region[] = [{ a: 0, aEnd: a.length, b: 0, bEnd: b.length }];
  for (let region = open.pop(); region; region = open.pop()) {
    const core = trim(a, b, region);
    if (core.a === core.aEnd || core.b === core.bEnd) replace(edits, core);
    else if (!walk(a, b, core, edits)) {
      const parts = split(a, b, core);
      if (parts) for (const part of parts) open.push(part);
      else replace(edits, core);
    }
  }
  return edits;
}

/** Equal lines get equal numbers. */
function number(before: readonly string[], after: readonly string[]): [Uint32Array, Uint32Array] {
  const known = new Map<string, number>();
  const numberOf = (line: string): number => {
    const found = known.get(line) ?? known.size;
    if (found === known.size) known.set(line, found);
    return found;
  };
  return [Uint32Array.from(before, numberOf), Uint32Array.from(after, numberOf)];
}

function trim(left: Uint32Array, right: Uint32Array, { a, aEnd, b, bEnd }: Region): Region {
  while (a < aEnd && b < bEnd && left[a] === right[b]) {
    a++;
    b++;
  }
  while (a < aEnd && b < bEnd && left[aEnd - 1] === right[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  return { a, aEnd, b, bEnd };
}

function replace({ removed, added }: Edits, { a, aEnd, b, bEnd }: Region): void {
  removed.fill(1, a, aEnd);
  added.fill(1, b, bEnd);
}

/** Marks the shortest way through the region. False when it is too long; then nothing is marked. */
function walk(left: Uint32Array, right: Uint32Array, { a, aEnd, b, bEnd }: Region, edits: Edits): boolean {
  const [width, height] = [aEnd - a, bEnd - b];
  const limit = Math.min(most, width + height);
  // By diagonal (how many more lines went than came): how far it is known to be reached with so many edits.
  const reach = new Int32Array(2 * limit + 3);
  const at = (diagonal: number): number => diagonal + limit + 1;
  const history: Int32Array[] = [];
  for (let cost = 0; cost <= limit; cost++) {
    history.push(reach.slice(at(-cost) - 1, at(cost) + 2));
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const down = comesDown(reach, at(diagonal), diagonal, cost);
      let x = down ? (reach[at(diagonal + 1)] ?? 0) : (reach[at(diagonal - 1)] ?? 0) + 1;
      while (x < width && x - diagonal < height && left[a + x] === right[b + x - diagonal]) x++;
      reach[at(diagonal)] = x;
      if (x < width || x - diagonal < height) continue;
      mark(history, { x, diagonal }, { a, b }, edits);
      return true;
    }
  }
  return false;
}

/** Is the way to this diagonal a line that comes (from the diagonal above) rather than one that goes? */
function comesDown(reach: Int32Array, index: number, diagonal: number, cost: number): boolean {
  return diagonal === -cost || (diagonal !== cost && (reach[index - 1] ?? 0) < (reach[index + 1] ?? 0));
}

function mark(
  history: readonly Int32Array[],
  end: { readonly x: number; readonly diagonal: number },
  { a, b }: { readonly a: number; readonly b: number },
  { removed, added }: Edits,
): void {
  let { diagonal } = end;
  for (let cost = history.length - 1; cost > 0; cost--) {
    const reach = history[cost] ?? new Int32Array();
    const index = diagonal + cost + 1;
    const down = comesDown(reach, index, diagonal, cost);
    diagonal += down ? 1 : -1;
    const x = reach[down ? index + 1 : index - 1] ?? 0;
    if (down) added[b + x - diagonal] = 1;
    else removed[a + x] = 1;
  }
}

/** The regions between lines that stand once on each side, in the longest run of them that is in the same order. */
function split(left: Uint32Array, right: Uint32Array, region: Region): Region[] | undefined {
  const { a, aEnd, b, bEnd } = region;
  const places = new Map<number, { a: number; b: number; count: number }>();
  for (let i = a; i < aEnd; i++) {
    const line = left[i] ?? 0;
    const place = places.get(line);
    if (place) place.count = -1;
    else places.set(line, { a: i, b: -1, count: 0 });
  }
  for (let i = b; i < bEnd; i++) {
    const place = places.get(right[i] ?? 0);
    if (!place || place.count < 0) continue;
    place.count = place.count === 0 ? 1 : -1;
    place.b = i;
  }
  const anchors = longestRun([...places.values()].filter(({ count }) => count === 1));
  if (anchors.length === 0) return undefined;
  let [from, to] = [a, b];
  const parts = anchors.map((anchor) => {
    const part = { a: from, aEnd: anchor.a, b: to, bEnd: anchor.b };
    [from, to] = [anchor.a + 1, anchor.b + 1];
    return part;
  });
  return [...parts, { a: from, aEnd, b: to, bEnd }];
}

interface Anchor {
  readonly a: number;
  readonly b: number;
}

/** Of anchors in the order of `a`, the most that are in the order of `b` too. */
function longestRun(anchors: readonly Anchor[]): Anchor[] {
  const tails: number[] = [];
  const previous = new Int32Array(anchors.length);
  for (const [index, { b }] of anchors.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((anchors[tails[middle] ?? 0]?.b ?? 0) < b) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = index;
  }
  const run: Anchor[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const anchor = anchors[index];
    if (anchor) run.push(anchor);
  }
  return run.reverse();
}

import { isSameEndpoint, type Endpoint } from './endpoint.js';

/** The most endpoints of a slice that rollcall writes. The control plane has the same limit, although the API allows 1000. */
export const mostEndpoints = 100;
/** From a resync on, the slices of a group are at least this full on average. */
const fullEnough = 75;

/** The endpoints of one slice as they are. */
export interface SliceContent {
  /** The number at the end of the slice's name. */
  readonly index: number;
  readonly endpoints: readonly Endpoint[];
  /** Something else of the slice is not as wanted, so it is written in any case. Default: false. */
  readonly isStale?: boolean;
}

/** One slice that must be written. */
export interface SliceAssignment {
  readonly index: number;
  /** Null: the slice is removed. */
  readonly endpoints: readonly Endpoint[] | null;
  /** Endpoints come into it. */
  readonly isGaining: boolean;
}

export interface AssignOptions {
  /** Also make sparse slices fewer. Default: only what has changed is written. */
  readonly isPacking?: boolean;
  /** An empty slice stays, and is filled again. Default: it is removed. */
  readonly isKeeping?: boolean;
  /** Numbers of slices that other programs have made for this group. A new slice gets another number. Default: none. */
  readonly taken?: ReadonlySet<number>;
}

interface Slice {
  readonly index: number;
  endpoints: Endpoint[];
  isChanged: boolean;
  /** Endpoints that come from another slice or are new: such slices are written first. */
  gains: number;
}

/**
 * Decides which slices to write so that each wanted endpoint is in exactly one slice. Membership is read from the slices that are there and
 * never computed from an order, so a slice without a change is not written, and one endpoint that comes, goes or changes is one write. Holes
 * are filled before a slice is made.
 *
 * With `isPacking`, at most one slice of a group is dissolved: its endpoints go into the holes of at most three others. After enough
 * such calls there are at most `ceil(n / 75)` slices for n endpoints.
 *
 * The writes are in order: slices that gain endpoints come before those that lose some, so no address is missing between two writes.
 *
 * @param wanted each address once
 * @param observed each index once
 */
export function assignEndpoints(
  wanted: readonly Endpoint[],
  observed: readonly SliceContent[],
  { isPacking = false, isKeeping = false, taken = new Set() }: AssignOptions = {},
): readonly SliceAssignment[] {
  const missing = new Map(wanted.map((endpoint) => [endpoint.address, endpoint]));
  const slices = [...observed].sort((a, b) => a.index - b.index).map((slice): Slice => keepWanted(slice, missing));
  fillHoles(slices, [...missing.values()], taken);
  if (isPacking && !isKeeping) dissolveSparsest(slices, wanted.length);
  return slices
    .filter(({ isChanged, endpoints }) => isChanged || (endpoints.length === 0 && !isKeeping))
    .map((slice) => ({ slice, isRemoved: slice.endpoints.length === 0 && !isKeeping }))
    .sort((a, b) => rank(a) - rank(b) || a.slice.index - b.slice.index)
    .map(({ slice: { index, endpoints, gains }, isRemoved }) => ({
      ...{ index, endpoints: isRemoved ? null : endpoints },
      isGaining: gains > 0,
    }));
}

function rank({ slice, isRemoved }: { readonly slice: Slice; readonly isRemoved: boolean }): number {
  if (isRemoved) return 2;
  return slice.gains > 0 ? 0 : 1;
}

/** The slice with the endpoints that are still wanted; they are no longer missing. What another slice has already is left out. */
function keepWanted({ index, endpoints, isStale = false }: SliceContent, missing: Map<string, Endpoint>): Slice {
  let isChanged = isStale;
  const kept: Endpoint[] = [];
  for (const endpoint of endpoints) {
    const now = missing.get(endpoint.address);
    if (now === undefined || kept.length === mostEndpoints) {
      isChanged = true;
      continue;
    }
    missing.delete(endpoint.address);
    isChanged ||= !isSameEndpoint(now, endpoint);
    kept.push(now);
  }
  return { index, endpoints: kept, isChanged, gains: 0 };
}

/** Slices that are written anyway come first; then the one that takes all the rest with the least room, or else the emptiest. */
function fillHoles(slices: Slice[], missing: readonly Endpoint[], taken: ReadonlySet<number>): void {
  let at = 0;
  const give = (slice: Slice): void => {
    const part = missing.slice(at, at + roomIn(slice));
    at += part.length;
    slice.endpoints.push(...part);
    slice.gains += part.length;
    slice.isChanged ||= part.length > 0;
  };
  for (const slice of slices) if (slice.isChanged) give(slice);
  const clean = slices.filter(({ isChanged }) => !isChanged).sort((a, b) => roomIn(a) - roomIn(b) || a.index - b.index);
  while (at < missing.length) {
    const fitting = clean.findIndex((slice) => roomIn(slice) >= missing.length - at);
    const [best] = clean.splice(fitting < 0 ? clean.length - 1 : fitting, 1);
    if (best && roomIn(best) > 0) give(best);
    else if (!best) {
      const fresh: Slice = { index: freeIndex(slices, taken), endpoints: [], isChanged: true, gains: 0 };
      slices.push(fresh);
      give(fresh);
    }
  }
}

function roomIn({ endpoints }: Slice): number {
  return mostEndpoints - endpoints.length;
}

function freeIndex(slices: readonly Slice[], taken: ReadonlySet<number>): number {
  const present = new Set(slices.map(({ index }) => index));
  let index = 0;
  while (present.has(index) || taken.has(index)) index++;
  return index;
}

/** Empties the sparsest slice into the roomiest others, when there are more slices than needed. */
function dissolveSparsest(slices: readonly Slice[], total: number): void {
  const used = slices.filter(({ endpoints }) => endpoints.length > 0);
  if (used.length <= Math.ceil(total / fullEnough)) return;
  const [sparsest, ...others] = used.sort((a, b) => roomIn(b) - roomIn(a) || b.index - a.index);
  if (!sparsest) return;
  // The average of the slices is below 75, so the three roomiest of the others have room for all of the sparsest.
  for (const slice of others) {
    const part = sparsest.endpoints.splice(0, roomIn(slice));
    if (part.length === 0) break;
    slice.endpoints.push(...part);
    slice.gains += part.length;
    slice.isChanged = true;
  }
  sparsest.isChanged = true;
}

import { misfitCodes, type Rejection } from '../model/format.js';
import { autoChoices, isAutoChoice, type AutoChoice } from './choice.js';

/** What a decision of `auto` was confirmed by, since it was made. Both numbers are bounded: more would not change a later decision. */
export interface Support {
  /** The most keys that the format read at once, at most 2. */
  readonly keys: number;
  /** Tops of services that the format read, at most 8. */
  readonly tops: readonly string[];
}

/** A source as it is read in the decided format. */
export interface Reading {
  readonly format: string;
  /** The number of keys, without markers. */
  readonly keys: number;
  readonly rejected: readonly Rejection[];
  /** The services and the number of their registrations, also of those that `select` leaves out. */
  readonly registrations: () => Iterable<readonly [service: string, count: number]>;
}

/** The result of a second decision. */
export interface Successor {
  readonly format: AutoChoice;
  /** The number of keys that this format reads, and that the present one rejects. */
  readonly votes: number;
  /** The number of keys that the present format reads. */
  readonly against: number;
}

const provenKeys = 2;
const keptTops = 8;
/** How many services are looked at for `Support.tops`, so that a list of many services with few tops costs little. */
const examined = 64;
/** A format takes over when it reads so many times the keys of the present one. So two formats of similar numbers never alternate. */
const lead = 2;

/** The format that should replace the decided one; undefined to keep it. Pure, and independent of the order of the keys. */
export function findSuccessor(reading: Reading, support: Support): Successor | undefined {
  const { votes, misfits } = tally(reading.rejected);
  const [format, byTop] = winnerOf(votes) ?? [];
  if (format === undefined || byTop === undefined || format === reading.format) return undefined;
  const against = reading.keys - misfits;
  const own = sum(byTop.values());
  if (own <= against || own < lead * against) return undefined;
  const successor = { format, votes: own, against };
  if (support.keys < provenKeys && support.tops.length < provenKeys) return successor;
  return isMajorityOfTops(byTop, reading, support) ? successor : undefined;
}

/**
 * etcd gives permission on ranges of keys: a registrant may write any number of keys below the directory of its service. So against a proven
 * format, each directory has one voice. One directory alone takes over only if the present format was proven by it.
 */
function isMajorityOfTops(byTop: ReadonlyMap<string, number>, { registrations }: Reading, { tops }: Support): boolean {
  const present = new Map<string, number>();
  for (const [service, count] of registrations()) {
    const top = topOf(service);
    present.set(top, (present.get(top) ?? 0) + count);
  }
  const converted = [...byTop].filter(([top, count]) => top !== '' && count > (present.get(top) ?? 0));
  const names = new Set(converted.map(([top]) => top));
  const remaining = [...present.keys()].filter((top) => !names.has(top));
  return names.size > remaining.length && (names.size > 1 || tops.some((top) => names.has(top)));
}

/** The support after another snapshot; the same object when nothing is new. */
export function addSupport(support: Support, { keys, rejected, registrations }: Reading): Support {
  const isFull = support.tops.length >= keptTops;
  if (isFull && support.keys >= provenKeys) return support;
  const tops = new Set(support.tops);
  let left = isFull ? 0 : examined;
  for (const [service] of left === 0 ? [] : registrations()) {
    if (tops.size >= keptTops || left-- === 0) break;
    tops.add(topOf(service));
  }
  const most = Math.max(support.keys, Math.min(provenKeys, keys - tally(rejected).misfits));
  return most === support.keys && tops.size === support.tops.length ? support : { keys: most, tops: [...tops] };
}

/** The format of most rejected keys that another format reads, and the number of these keys; undefined when there are none. */
export function findMostMisfits(rejected: readonly Rejection[]): { format: AutoChoice; keys: number } | undefined {
  const winner = winnerOf(tally(rejected).votes);
  return winner && { format: winner[0], keys: sum(winner[1].values()) };
}

interface Tally {
  /** For each other format: the number of keys by the top of their service. */
  readonly votes: ReadonlyMap<AutoChoice, ReadonlyMap<string, number>>;
  /** The number of keys that are not of the present format. */
  readonly misfits: number;
}

/** A list of rejections is the same object until it changes. */
const tallies = new WeakMap<readonly Rejection[], Tally>();

/** @param rejected sorted by key */
function tally(rejected: readonly Rejection[]): Tally {
  const known = tallies.get(rejected);
  if (known !== undefined) return known;
  const votes = new Map<AutoChoice, Map<string, number>>();
  let misfits = 0;
  let last: string | undefined;
  for (const { key, code, readAs } of rejected) {
    if (key === last || !misfitCodes.has(code)) continue;
    last = key;
    misfits++;
    if (readAs === undefined || !isAutoChoice(readAs.format)) continue;
    const byTop = votes.get(readAs.format) ?? new Map<string, number>();
    const top = topOf(readAs.service);
    byTop.set(top, (byTop.get(top) ?? 0) + 1);
    votes.set(readAs.format, byTop);
  }
  const counted = { votes, misfits };
  tallies.set(rejected, counted);
  return counted;
}

function winnerOf(votes: Tally['votes']): readonly [AutoChoice, ReadonlyMap<string, number>] | undefined {
  const ranked = [...votes].map(([format, byTop]) => ({ format, byTop, keys: sum(byTop.values()) }));
  ranked.sort((a, b) => b.keys - a.keys || autoChoices.indexOf(a.format) - autoChoices.indexOf(b.format));
  return ranked[0] && [ranked[0].format, ranked[0].byTop];
}

/** The first segment of a service's name: what a permission on a directory protects. Most services have one segment. */
function topOf(service: string): string {
  const slash = service.indexOf('/');
  return slash === -1 ? service : service.slice(0, slash);
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

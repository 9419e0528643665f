import { baseOf } from '../model/key-prefix.js';
import type { Pair } from '../model/pair.js';
import type { Causes } from './causes.js';
import { decide, type Decision } from './decide.js';
import { differ, noDifference } from './difference.js';
import { compare, createGroup, isIdle, type Group } from './group.js';
import { movesOf } from './moves.js';
import type { GuardPolicy } from './policy.js';
import { countMissing, horizonOf, sourceRule } from './rules.js';

/** The pairs of one raw source. A `SourceSnapshot` is one. */
export interface RawPairs {
  readonly source: string;
  /** Canonical. */
  readonly prefix: string;
  /** Sorted by key. */
  readonly pairs: readonly Pair[];
}

/** A pair, and the part of its key above the tree of its source, as it was when the pair was read. */
export interface PlacedPair {
  readonly pair: Pair;
  readonly base: string;
}

/** What the guard remembers of the raw sources of a target, by source. Only sources with something within the window. */
export interface PairsMemory {
  readonly groups: Map<string, Group<PlacedPair>>;
  last: readonly RawPairs[] | undefined;
}

export interface PairsInput {
  readonly accepted: readonly RawPairs[] | undefined;
  readonly selected: readonly RawPairs[];
  readonly causes: Causes;
  readonly policy: GuardPolicy;
  readonly now: number;
  readonly wall: number;
}

/** The decision about one raw source. */
export interface SourceDecision {
  readonly source: string;
  readonly decision: Decision<PlacedPair>;
}

/** Judges the raw sources of a target, each by itself. It reads those whose list of pairs is another object now, and those with holds. */
export function judgePairs(memory: PairsMemory, input: PairsInput): SourceDecision[] {
  const sources = [...(input.accepted ?? []), ...input.selected, ...(memory.last ?? [])].map(({ source }) => source);
  const decisions = [...new Set([...sources, ...memory.groups.keys()])].flatMap((source) => {
    const decision = judgeSource(memory, input, source);
    return decision ? [{ source, decision }] : [];
  });
  memory.last = input.selected;
  return decisions;
}

function judgeSource(memory: PairsMemory, input: PairsInput, source: string): Decision<PlacedPair> | undefined {
  const { accepted, selected, causes, policy, now, wall } = input;
  const before = accepted?.find((each) => each.source === source);
  const after = pairsIn(selected, source);
  const earlier = memory.last && pairsIn(memory.last, source);
  const known = memory.groups.get(source);
  if (before?.pairs === after && earlier === after && !known) return undefined;
  const group = known ?? createGroup<PlacedPair>(undefined, now);
  const { ledger, holds } = group;
  const change = accepted === undefined ? noDifference<Pair>() : differ(before?.pairs ?? none, after, keyOf);
  const base = baseOf(before?.prefix ?? '');
  const place = (pairs: ReadonlyMap<string, Pair>): Map<string, PlacedPair> =>
    new Map([...pairs].map(([key, pair]) => [key, { pair, base }]));
  ledger.forget(horizonOf(holds.values(), policy, now));
  const compared = compare(group, {
    gone: place(change.gone),
    came: place(change.came),
    ...movesOf(group, { accepted: accepted && (before?.pairs ?? none), last: earlier, selected: after, change }, keyOf),
    explain(key, _pair, kept) {
      if (now - (kept?.since ?? now) >= policy.holdFor) return 'expired';
      const cause = causes.ofPair(source, key);
      return cause === 'unselected' || cause === 'draining' ? cause : { cause };
    },
    ...{ now, wall },
  });
  const { missing, explained } = compared;
  ledger.forget(horizonOf(missing.values(), policy, now));
  ledger.explain(explained, after.length + missing.size);
  ledger.note((before?.pairs.length ?? 0) - change.gone.size + missing.size, now);
  const loss = ledger.measure(after.length, countMissing(compared, ledger));
  const rule = missing.size === 0 ? undefined : sourceRule(policy, loss);
  const decision = decide(group, compared, rule, { now, hold: (pair) => pair });
  ledger.note(after.length + holds.size, now);
  group.touched = now;
  if (isIdle(group)) memory.groups.delete(source);
  else memory.groups.set(source, group);
  return decision;
}

const none: readonly Pair[] = [];

function pairsIn(sources: readonly RawPairs[], source: string): readonly Pair[] {
  return sources.find((each) => each.source === source)?.pairs ?? none;
}

function keyOf({ key }: Pair): string {
  return key;
}

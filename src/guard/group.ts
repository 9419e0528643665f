import type { EndReason, Rule, UnexplainedCause } from './hold.js';
import { createLedger, type Ledger, type SavedLedger } from './ledger.js';

/** Something that the guard holds. Times: `since` is monotonic, `startedAt` is wall-clock; both of the moment when it was first missed. */
export interface Kept<T> {
  readonly item: T;
  readonly since: number;
  readonly startedAt: number;
  readonly cause: UnexplainedCause;
  readonly rule: Rule;
  /** It had come within the window. */
  readonly isNew: boolean;
}

/** What the guard remembers of one service or one raw source. Members are named by address and port, or by key. */
export interface Group<T> {
  readonly ledger: Ledger;
  readonly holds: Map<string, Kept<T>>;
  /** The holds that an operator has released, until the next judgement. */
  readonly released: Set<string>;
  /** Members that may leave for a known reason and that the last accepted view still has: they are judged only once. */
  readonly settled: Set<string>;
  /** Members that left and returned before the last accepted view had noticed either: they are no arrivals. */
  readonly returned: Set<string>;
  /** The time of the last judgement. */
  touched: number;
}

export interface SavedGroup<T> {
  readonly ledger: SavedLedger;
  readonly settled: readonly string[];
  readonly returned: readonly string[];
  readonly released: readonly string[];
  readonly holds: readonly {
    readonly member: string;
    readonly item: T;
    readonly age: number;
    readonly startedAt: number;
    readonly cause: UnexplainedCause;
    readonly rule: Rule;
    readonly isNew: boolean;
  }[];
}

export function createGroup<T>(saved?: SavedGroup<T>, now = 0): Group<T> {
  const holds = saved?.holds.map(({ member, age, ...kept }): [string, Kept<T>] => [
    member,
    { ...kept, since: now - age },
  ]);
  return {
    ledger: createLedger(saved?.ledger, now),
    holds: new Map(holds),
    released: new Set(saved?.released),
    settled: new Set(saved?.settled),
    returned: new Set(saved?.returned),
    touched: now,
  };
}

export function saveGroup<T>({ ledger, holds, settled, returned, released }: Group<T>, now: number): SavedGroup<T> {
  return {
    ledger: ledger.save(now),
    settled: [...settled],
    returned: [...returned],
    released: [...released],
    holds: [...holds].map(([member, { since, ...kept }]) => ({ member, ...kept, age: now - since })),
  };
}

/** Whether nothing of the group matters for a later judgement. */
export function isIdle<T>({ ledger, holds, settled, returned }: Group<T>): boolean {
  return ledger.isEmpty && holds.size + settled.size + returned.size === 0;
}

/** A member that may be held: the selection does not have it, and nothing explains that. */
export type Missing<T> = Omit<Kept<T>, 'rule'>;

/** A hold that has ended. */
export interface Ended<T> {
  readonly kept: Kept<T>;
  readonly why: EndReason;
}

export interface Comparison<T> {
  /** The members of the last accepted view that the selection does not have, in its order. */
  readonly gone: ReadonlyMap<string, T>;
  /** The members of the selection that the last accepted view does not have. Empty when there is no such view. */
  readonly came: ReadonlyMap<string, T>;
  /** The members that the selection has and did not have at the last judgement. At the first one: all that the group remembers. */
  readonly back: Iterable<string>;
  /** The members that the selection had at the last judgement and does not have. At the first one: all that the group remembers. */
  readonly away: Iterable<string>;
  /** Why a missing member may leave at once; or the cause of its absence. */
  readonly explain: (
    member: string,
    item: T,
    kept: Kept<T> | undefined,
  ) => EndReason | { readonly cause: UnexplainedCause };
  readonly now: number;
  readonly wall: number;
  /** Another ledger that counts these members too, under other names. */
  readonly total?: { readonly ledger: Ledger; readonly nameOf: (member: string) => string } | undefined;
}

/** What `compare` has found in one group. */
export interface Compared<T> {
  /** The unexplained missing ones, in the order of the accepted view; then those that only the state knows. */
  readonly missing: ReadonlyMap<string, Missing<T>>;
  /** The number of members that leave for a reason that was found now. */
  readonly explained: number;
  readonly ended: readonly Ended<T>[];
}

/**
 * Takes note of what came and what returned, and finds what is missing. Comparing the same again finds the same. The cost is the number of
 * the given members and of the holds.
 */
export function compare<T>(group: Group<T>, comparison: Comparison<T>): Compared<T> {
  const { gone, came, back, away, explain, now, wall, total } = comparison;
  const { ledger, holds, settled, returned, released } = group;
  const ended: Ended<T>[] = [];
  const missing = new Map<string, Missing<T>>();
  let explained = 0;

  const arrive = (member: string): void => {
    ledger.arrive(member, now);
    total?.ledger.arrive(total.nameOf(member), now);
  };
  const miss = (member: string): boolean => {
    total?.ledger.miss(total.nameOf(member));
    return ledger.miss(member);
  };
  const undoDeparture = (member: string): void => {
    ledger.undoDeparture(member);
    total?.ledger.undoDeparture(total.nameOf(member));
  };
  const end = (member: string, why: EndReason): void => {
    const kept = holds.get(member);
    if (kept) ended.push({ kept, why });
    holds.delete(member);
  };

  function judge(member: string, item: T): void {
    if (settled.has(member)) return;
    const kept = holds.get(member);
    const isNew = miss(member) || (kept?.isNew ?? ledger.departures.get(member)?.isNew ?? false);
    const reason = released.has(member) ? 'released' : explain(member, item, kept);
    if (typeof reason === 'object') {
      missing.set(member, kept ?? { item, since: now, startedAt: wall, cause: reason.cause, isNew });
      return;
    }
    explained += 1;
    settled.add(member);
    undoDeparture(member);
    end(member, reason);
  }

  for (const member of back) {
    const known = holds.get(member) ?? ledger.departures.get(member);
    settled.delete(member);
    if (!known) continue;
    end(member, 'returned');
    undoDeparture(member);
    if (known.isNew) arrive(member);
    else if (came.has(member)) returned.add(member);
  }
  for (const member of returned) if (!came.has(member)) returned.delete(member);
  for (const member of came.keys()) if (!returned.has(member)) arrive(member);
  for (const member of away) if (!gone.has(member)) miss(member);
  for (const [member, item] of gone) judge(member, item);
  for (const [member, { item }] of holds) if (!gone.has(member)) judge(member, item);
  // What the accepted view does not have cannot be missed again.
  for (const member of settled) if (!gone.has(member)) settled.delete(member);
  released.clear();
  return { missing, explained, ended };
}

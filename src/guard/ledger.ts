/** A departure within the window, by whatever left. `isNew`: it had come within the window too. */
export interface Departure {
  readonly at: number;
  readonly isNew: boolean;
}

/** What a group would lose if certain members left now. */
export interface Loss {
  readonly lost: number;
  /** The number before the loss, from which its share is computed. */
  readonly of: number;
}

/** A ledger as plain data. All times are ages: milliseconds before the moment of writing. */
export interface SavedLedger {
  readonly arrivals: readonly (readonly [member: string, age: number])[];
  readonly departures: readonly (readonly [member: string, age: number, isNew: boolean])[];
  readonly peaks: readonly (readonly [age: number, size: number])[];
}

/**
 * The arrivals and the unexplained departures of one group (a service, a target, a raw source) within its window. Times are milliseconds of
 * one monotonic clock and never decrease from call to call.
 */
export interface Ledger {
  /** Forgets everything that happened before `horizon`. */
  forget(horizon: number): void;
  /** A member came that the group did not have. */
  arrive(member: string, now: number): void;
  /** The members that came within the window and are still there. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** A member is not there any more: it is no arrival now. @returns whether it was one */
  miss(member: string): boolean;
  /** The unexplained departures within the window. */
  readonly departures: ReadonlyMap<string, Departure>;
  /** A member left without an explanation. A departure that is known already stays as it is. */
  depart(member: string, departure: Departure): void;
  /** The member counts as not departed: it is back, or it is held. */
  undoDeparture(member: string): void;
  /** The largest size that was noted within the window, as of the last `forget`; 0 when none was. */
  largest(): number;
  /** Notes the size of the group in the view. */
  note(size: number, now: number): void;
  /** `count` members left for a known reason: from now on the ledger reads as if they had never been there. @param size without them */
  explain(count: number, size: number): void;
  /**
   * The loss if the missing members left now, besides those that have left. Departures are net of arrivals: an arrival makes up for one old
   * member. A member that came and went within the window counts as lost too. But the loss is at most the fall from the largest size within
   * the window, so a member that comes and goes again and again counts once.
   *
   * @param present the number of members that are there
   * @param missing the numbers of the old and the new members that are missing and have not departed
   */
  measure(present: number, missing: { readonly old: number; readonly fresh: number }): Loss;
  readonly isEmpty: boolean;
  save(now: number): SavedLedger;
}

/** A ledger remembers as many departures as the group was large, and at least this number: more do not change the loss. */
const leastDepartures = 16;

/** The cost of each call is constant on average, except for `explain` and `save`, whose cost is the number of entries. */
export function createLedger(saved?: SavedLedger, now = 0): Ledger {
  const arrivals = new Map<string, number>(saved?.arrivals.map(([member, age]) => [member, now - age]));
  const departures = new Map<string, Departure>(
    saved?.departures.map(([member, age, isNew]) => [member, { at: now - age, isNew }]),
  );
  /** Sizes, oldest first. Each is larger than all that follow it, so the first one is the largest. */
  let peaks = (saved?.peaks ?? []).map(([age, size]) => ({ at: now - age, size }));
  let fresh = [...departures.values()].filter(({ isNew }) => isNew).length;

  const largest = (): number => peaks[0]?.size ?? 0;

  function undoDeparture(member: string): void {
    if (departures.get(member)?.isNew === true) fresh -= 1;
    departures.delete(member);
  }

  return {
    arrivals,
    forget(horizon) {
      for (const [member, at] of arrivals) {
        if (at >= horizon) break;
        arrivals.delete(member);
      }
      for (const [member, { at }] of departures) {
        if (at >= horizon) break;
        undoDeparture(member);
      }
      const old = peaks.findIndex(({ at }) => at >= horizon);
      if (old !== 0) peaks = old === -1 ? [] : peaks.slice(old);
    },
    arrive(member, at) {
      if (!arrivals.has(member)) arrivals.set(member, at);
    },
    miss: (member) => arrivals.delete(member),
    departures,
    depart(member, departure) {
      if (departures.has(member)) return;
      departures.set(member, departure);
      if (departure.isNew) fresh += 1;
      const [oldest] = departures.keys();
      if (departures.size > Math.max(largest(), leastDepartures) && oldest !== undefined) undoDeparture(oldest);
    },
    undoDeparture,
    largest,
    note(size, at) {
      while ((peaks.at(-1)?.size ?? Infinity) <= size) peaks.pop();
      peaks.push({ at, size });
    },
    explain(count, size) {
      // `size` also counts missing members that have departed already, so it may exceed a peak. A peak must not rise here.
      const lowered = peaks.map((peak) => ({
        at: peak.at,
        size: Math.min(peak.size, Math.max(size, peak.size - count)),
      }));
      peaks = [];
      for (const { at, size: left } of lowered) {
        while ((peaks.at(-1)?.size ?? Infinity) <= left) peaks.pop();
        peaks.push({ at, size: left });
      }
    },
    measure(present, missing) {
      const old = missing.old + departures.size - fresh;
      const net = Math.max(0, old - arrivals.size) + missing.fresh + fresh;
      const lost = Math.max(0, Math.min(net, largest() - present));
      return { lost, of: present + lost };
    },
    get isEmpty() {
      return arrivals.size === 0 && departures.size === 0;
    },
    save: (at) => ({
      arrivals: [...arrivals].map(([member, came]) => [member, at - came]),
      departures: [...departures].map(([member, { at: left, isNew }]) => [member, at - left, isNew]),
      peaks: peaks.map((peak) => [at - peak.at, peak.size]),
    }),
  };
}

/** Milliseconds between two mentions of the same cause: they double from `first` to `longest`. */
const gaps = { first: 60_000, longest: 3_600_000 };
/** At most this many causes of one outage are mentioned at their first failure. All others count as one cause. */
const maxCauses = 10;
/** Characters of a cause that are compared. */
const maxCause = 500;

/** What to say about a failure. */
export interface Mention {
  /** Failures since the outage began, this one included. */
  readonly failures: number;
  /** Whole milliseconds since the first of them. */
  readonly outageMs: number;
}

/** What fails again and again, and is to be mentioned in the log: at once, then after 1 minute, 2 minutes, 4 minutes, up to 1 hour. */
export interface Outage {
  /**
   * Takes a failure at clock time `now`. A new cause is mentioned at once. Numbers, times and the names of temporary files in it are not
   * compared.
   *
   * @returns undefined: the same cause was mentioned a short time ago
   */
  fail(cause: string, now: number): Mention | undefined;
  /** Mentions every cause again at its next failure, because an operator has asked for an attempt. */
  remind(): void;
  /** Takes a success. @returns the outage that it ends; undefined when there was none */
  end(now: number): Mention | undefined;
}

export function createOutage(): Outage {
  const causes = new Map<string, { next: number; gap: number }>();
  let began = 0;
  let failures = 0;

  function isDue(cause: string, now: number): boolean {
    const known = causes.get(cause);
    if (known === undefined) {
      causes.set(cause, { next: now + gaps.first, gap: gaps.first });
      return true;
    }
    if (now < known.next) return false;
    known.gap = Math.min(gaps.longest, known.gap * 2);
    known.next = now + known.gap;
    return true;
  }

  return {
    fail(cause, now) {
      if (failures === 0) began = now;
      failures += 1;
      const compared = comparable(cause);
      const counted = causes.has(compared) || causes.size < maxCauses ? compared : '';
      return isDue(counted, now) ? { failures, outageMs: Math.round(now - began) } : undefined;
    },
    remind() {
      causes.clear();
    },
    end(now) {
      if (failures === 0) return undefined;
      const ended = { failures, outageMs: Math.round(now - began) };
      causes.clear();
      failures = 0;
      return ended;
    },
  };
}

/** A number within a name, such as `web2`, counts. */
function comparable(cause: string): string {
  return cause
    .slice(0, maxCause)
    .replace(/[0-9a-f]{16,}/g, '#')
    .replace(/(?<![\w-])\d+/g, '#');
}

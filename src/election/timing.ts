/** The three times of an election, in milliseconds. They are those of client-go, and so are their defaults. */
export interface ElectionTiming {
  /** How long a standby waits after the last renewal that it has seen before it takes the lease. */
  readonly leaseDuration: number;
  /** How long a leader stays leader after it has sent its last acknowledged renewal. Less than `leaseDuration`. */
  readonly renewDeadline: number;
  /** Between two attempts to take or to renew the lease. */
  readonly retryPeriod: number;
}

export const defaultTiming: ElectionTiming = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };

/** How much longer than `retryPeriod` the pause of a standby may be, at random, so that standbys do not ask at the same time. */
const jitter = 1.2;

/**
 * Why these times cannot keep two leaders apart; undefined when they can. A clock that runs faster than another by less than the ratio of
 * `leaseDuration` and `renewDeadline` does no harm.
 */
export function problemOfTiming({ leaseDuration, renewDeadline, retryPeriod }: ElectionTiming): string | undefined {
  if (renewDeadline * 1.2 > leaseDuration)
    return '`leaseDuration` must be at least 1.2 times `renewDeadline`: a leader must stop before another one starts';
  if (retryPeriod * jitter > renewDeadline)
    return '`renewDeadline` must be at least 1.2 times `retryPeriod`: a leader needs time to renew its lease';
  return undefined;
}

/** Milliseconds until the next attempt. @param random 0 <= n < 1 */
export function pauseOf({ retryPeriod }: ElectionTiming, isLeader: boolean, random: number): number {
  return isLeader ? retryPeriod : retryPeriod * (1 + jitter * random);
}

/** Milliseconds that one attempt may take: a leader whose first request hangs has time for a second one. */
export function timeoutOf({ renewDeadline }: ElectionTiming): number {
  return renewDeadline / 2;
}

/** One moment on two clocks. */
export interface Moment {
  /** Monotonic milliseconds: within one process only this clock counts, so a step of the wall clock changes nothing. */
  readonly now: number;
  /** Wall-clock milliseconds since the epoch, for people, and for the time between two processes. */
  readonly wall: number;
  /**
   * Names the beginning of the monotonic clock, such as the id of the boot. Two processes with the same name can compare their clocks. Absent
   * or `''`: they cannot, and the wall clock tells how much time has passed.
   */
  readonly era?: string;
}

/**
 * Milliseconds from a moment of an earlier process until now. With a wall clock that went back, it is 0: a hold then lasts longer than
 * `holdFor`, by the time without a process at most, and never shorter.
 */
export function elapsedSince(earlier: Moment, { now, wall, era = '' }: Moment): number {
  const elapsed = era !== '' && earlier.era === era ? now - earlier.now : wall - earlier.wall;
  return Math.max(0, elapsed);
}

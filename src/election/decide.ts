import type { LeaseRecord } from './lease-store.js';

/** A record, and since when it is known in this version. Times are those of the own monotonic clock. */
export interface Sighting {
  readonly record: LeaseRecord | undefined;
  readonly at: number;
}

/** The right to lead until a time of the own clock, unless it is renewed before. */
export interface Term {
  readonly record: LeaseRecord;
  readonly until: number;
}

/**
 * Takes note of what a store has answered. The clocks of other machines do not count: a record is as old as this process has known it in this
 * version, which is less than its true age.
 *
 * @param now the time at which the answer was there
 */
export function look(before: Sighting | undefined, record: LeaseRecord | undefined, now: number): Sighting {
  return before && before.record?.version === record?.version ? before : { record, at: now };
}

/**
 * Whether a process that does not lead may try to take the lease: nobody holds it, it holds it itself (the answer to its own write was lost, or
 * it was too late to renew), or the holder has not renewed it for its whole duration. @returns milliseconds to wait at least; 0: take it now
 */
export function waitBeforeTaking({ record, at }: Sighting, self: string, now: number): number {
  if (!record || record.holder === '' || record.holder === self) return 0;
  return Math.max(0, at + record.duration - now);
}

/**
 * The term that an acknowledged write gives.
 *
 * @param sentAt the time before the request was sent: all others see the write later than that
 */
export function termOf(record: LeaseRecord, sentAt: number, renewDeadline: number): Term {
  return { record, until: sentAt + renewDeadline };
}

/** After a refused renewal, whether the record is the own one in a version that the answer to an earlier renewal, which was lost, would have had. */
export function isOwnRenewal(record: LeaseRecord, own: LeaseRecord): boolean {
  return record.holder === own.holder && record.epoch === own.epoch;
}

import { backoffDelay } from '../model/backoff.js';
import { RollcallError } from '../model/errors.js';
import { isDiskFull } from '../model/file-error.js';
import { findOutage } from './errors.js';

/** Milliseconds. */
export const longestDelay = 60_000;

const retry = { base: 500, cap: longestDelay };

/** With a full disk, an attempt is cheap, and room may come at any time. */
const retryOnFullDisk = { base: 500, cap: 5000 };

/** A server that cannot be reached costs little more than a full disk, and its consumers wait for what has changed meanwhile. */
const retryOnOutage = { base: 500, cap: 10_000 };

/**
 * Milliseconds before a failed pass is tried again. Errors that no retry can fix are retried at the longest delay, because a person may fix
 * their cause. A server that asks for a pause gets it, up to the longest delay.
 *
 * @param attempt the number of failures in a row, from 1
 * @param random 0 <= random < 1
 */
export function retryDelay(attempt: number, error: Error, random: number): number {
  if (isDiskFull(error)) return backoffDelay(attempt, retryOnFullDisk, random);
  const outage = findOutage(error);
  if (outage) {
    const asked = Math.min(outage.retryAfter ?? 0, longestDelay);
    return Math.max(asked, backoffDelay(attempt, retryOnOutage, random));
  }
  const isHopeless = error instanceof RollcallError && !error.retry;
  return isHopeless ? retry.cap : backoffDelay(attempt, retry, random);
}

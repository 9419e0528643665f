/**
 * Milliseconds to wait before retry number `attempt` (from 1). The delay is `base`, doubled each time up to `cap`, and then
 * spread over its upper half by `random` (0 <= random < 1), so that many callers do not retry at the same time.
 */
export function backoffDelay(attempt: number, limits: { base: number; cap: number }, random: number): number {
  const full = Math.min(limits.cap, limits.base * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random;
}

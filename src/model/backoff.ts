/**
 * Milliseconds to wait before attempt number `attempt` (1 is the first retry): `base` doubled each time up to `cap`,
 * then spread over its upper half by `random` (0 <= random < 1), so that many waiters do not come back as one.
 */
export function backoffDelay(attempt: number, limits: { base: number; cap: number }, random: number): number {
  const full = Math.min(limits.cap, limits.base * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random;
}

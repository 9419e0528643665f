import type { LeaseState } from '../etcd/leases.js';

/** A look at the lease of another instance. */
export interface LeaseSight {
  readonly lease: string;
  /** Milliseconds that the lease had left, at least: etcd tells whole seconds, rounded down. */
  readonly left: number;
  /** `Clock.now()` of the look. */
  readonly at: number;
}

/**
 * `alive`: a process keeps the lease alive. `dead`: nothing has kept it alive for three quarters of its TTL, so its keeper missed two
 * keepalives (clients send one in each third of the TTL). `unknown`: look again after `again` milliseconds.
 */
export type HolderVerdict = { readonly kind: 'alive' | 'dead' } | { readonly kind: 'unknown'; readonly again: number };

/** Milliseconds. */
const ROUNDING = 1000;
const SOONEST = 500;
const LATEST = 60_000;

/** Decides from two looks at a lease whether something keeps it alive. Pure. @param first the earliest look at the same lease */
export function judgeHolder(
  first: LeaseSight,
  { left, ttl }: Pick<LeaseState, 'left' | 'ttl'>,
  now: number,
): HolderVerdict {
  // Without a keepalive, at most this much is left.
  const most = first.left + ROUNDING - (now - first.at);
  if (left > most) return { kind: 'alive' };
  const deadAt = ttl / 4;
  if (left <= deadAt) return { kind: 'dead' };
  return { kind: 'unknown', again: Math.max(SOONEST, Math.min(LATEST, ttl / 2, left - deadAt)) };
}

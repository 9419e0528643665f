/** The TTL of a lease and its last successful keepalive. Times in milliseconds of `Clock.now()`. */
export interface LeaseTerm {
  readonly lease: string;
  /** As granted. */
  readonly ttl: number;
  /** When the last acknowledged keepalive was sent. etcd counts from its arrival, which is later. */
  readonly sentAt: number;
}

/** When the next keepalive is due. */
export function keepAliveDueAt({ sentAt, ttl }: LeaseTerm): number {
  return sentAt + ttl / 3;
}

/**
 * When the lease counts as lost: a little before etcd can let it expire. The margin (a tenth of the TTL, a second at most) covers
 * late timers and slow clocks.
 */
export function keepAliveOverdueAt({ sentAt, ttl }: LeaseTerm): number {
  return sentAt + ttl - Math.min(1000, ttl / 10);
}

/**
 * Milliseconds that one endpoint has to answer a keepalive. Of three endpoints two may be silent, and the third is still asked before
 * the lease counts as lost.
 */
export function timeoutFor(ttl: number): number {
  return Math.max(250, ttl / 6);
}

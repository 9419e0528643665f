/** How long a lease lives and when it was last given its whole time. Milliseconds of `Clock.now()`. */
export interface Term {
  readonly lease: string;
  /** As granted. */
  readonly ttl: number;
  /** When the last sign of life that etcd acknowledged was sent: etcd counts from its arrival, which was later. */
  readonly sentAt: number;
}

/** When the next sign of life is due. */
export function dueAt({ sentAt, ttl }: Term): number {
  return sentAt + ttl / 3;
}

/**
 * When the lease counts as lost. A little before etcd can let it lapse, so that nobody believes in it longer than etcd does:
 * a timer that is late and a clock that is slow find room in there.
 */
export function overdueAt({ sentAt, ttl }: Term): number {
  return sentAt + ttl - Math.min(1000, ttl / 10);
}

/**
 * What one endpoint has to answer a sign of life. Of three endpoints two may be silent, and the third is still asked before
 * the lease counts as lost.
 */
export function patienceFor(ttl: number): number {
  return Math.max(250, ttl / 6);
}

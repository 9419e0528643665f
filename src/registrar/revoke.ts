import { backoffDelay } from '../model/backoff.js';
import { withDeadline } from '../model/deadline.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Etcd } from '../etcd/client.js';
import { timeoutFor, type LeaseTerm } from './lease-term.js';

export interface RevokeParts {
  readonly etcd: Pick<Etcd, 'revoke'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Revokes a lease that gets no more keepalives. False when etcd did not answer until the lease must have expired. Never rejects. */
export async function revoke({ lease, ttl }: LeaseTerm, { etcd, clock, random }: RevokeParts): Promise<boolean> {
  return withDeadline({ timeout: ttl, clock }, async (expired) => {
    for (let attempt = 1; !expired.aborted; attempt++) {
      try {
        await etcd.revoke(lease, { timeout: timeoutFor(ttl), signal: expired });
        return true;
      } catch {
        // Any failure is harmless: without keepalives the lease expires by itself.
        await clock.sleep(backoffDelay(attempt, { base: 100, cap: ttl / 3 }, random()), expired);
      }
    }
    return false;
  });
}

import { backoffDelay } from '../model/backoff.js';
import { withDeadline } from '../model/deadline.js';
import type { Clock, Random } from '../ports.js';
import type { Etcd } from '../etcd/client.js';
import { patienceFor, type Term } from './term.js';

export interface RevokeParts {
  readonly etcd: Pick<Etcd, 'revoke'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Ends a lease that gets no sign of life any more. False when etcd did not answer until it must have lapsed. Never rejects. */
export async function revoke({ lease, ttl }: Term, { etcd, clock, random }: RevokeParts): Promise<boolean> {
  return withDeadline({ timeout: ttl, clock }, async (lapsed) => {
    for (let attempt = 1; !lapsed.aborted; attempt++) {
      try {
        await etcd.revoke(lease, { timeout: patienceFor(ttl), signal: lapsed });
        return true;
      } catch {
        // Whatever it was: the lease lapses by itself, which is what is waited for.
        await clock.sleep(backoffDelay(attempt, { base: 100, cap: ttl / 3 }, random()), lapsed);
      }
    }
    return false;
  });
}

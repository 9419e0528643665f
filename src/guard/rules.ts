import type { Compared } from './group.js';
import type { Rule } from './hold.js';
import type { Ledger, Loss } from './ledger.js';
import { leastForShare, type GuardPolicy } from './policy.js';

/** The rule that a service breaks if its missing instances leave now. @param present the number of its instances in the selection */
export function serviceRule(policy: GuardPolicy, present: number, loss: Loss): Rule | undefined {
  if (present < policy.minInstances) return 'min-instances';
  return loss.of >= leastForShare && isAbove(policy, loss) ? 'service-share' : undefined;
}

/** The rule that a target breaks if all missing instances of its services leave now. */
export function targetRule(policy: GuardPolicy, loss: Loss): Rule | undefined {
  return loss.of >= leastForShare && isAbove(policy, loss) ? 'target-share' : undefined;
}

/** The rule that a raw source breaks if its missing pairs leave now. */
export function sourceRule(policy: GuardPolicy, loss: Loss): Rule | undefined {
  return loss.of >= leastForShare && isAbove(policy, loss) ? 'source-share' : undefined;
}

/** In whole numbers: 1 of 2 is not more than 50 %. */
function isAbove({ maxDropPercent }: GuardPolicy, { lost, of }: Loss): boolean {
  return lost * 100 > maxDropPercent * of;
}

/** The missing members that have not departed, for `Ledger.measure`. */
export function countMissing(
  { missing }: Compared<unknown>,
  { departures }: Ledger,
  nameOf: (member: string) => string = (member) => member,
): { old: number; fresh: number } {
  const count = { old: 0, fresh: 0 };
  for (const [member, { isNew }] of missing) if (!departures.has(nameOf(member))) count[isNew ? 'fresh' : 'old'] += 1;
  return count;
}

/**
 * The time before which nothing counts: one window ago. While something is missing, the window reaches back from the moment when the first of
 * it was missed, so that whatever comes later makes up for it, however late.
 */
export function horizonOf(missing: Iterable<{ readonly since: number }>, { window }: GuardPolicy, now: number): number {
  let oldest = now;
  for (const { since } of missing) oldest = Math.min(oldest, since);
  return oldest - window;
}

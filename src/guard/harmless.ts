import { findService } from './differing.js';
import { leastForShare, type GuardPolicy } from './policy.js';
import { namesToVisit, type ServicesInput, type ServicesMemory } from './services.js';

/**
 * Whether no rule can be broken, whatever has left and why, as the numbers of instances alone show: a loss is never more than the fall from the
 * largest number within the window. True means that `judgeServices` would hold nothing and let go of nothing. False says nothing.
 *
 * The cost is one comparison of references for each service, and little more for each that has changed.
 */
export function isHarmless(memory: ServicesMemory, input: Omit<ServicesInput, 'causes' | 'now' | 'wall'>): boolean {
  const { accepted, selected, policy } = input;
  const { last, groups, holding, total } = memory;
  if (accepted === undefined || last === undefined || holding.size > 0) return false;
  let [size, before] = [memory.size, 0];
  for (const name of namesToVisit(memory, input)) {
    const present = sizeOf(selected, name);
    const was = sizeOf(accepted, name);
    if (present < policy.minInstances) return false;
    if (mayBreak(policy, present, Math.max(was, groups.get(name)?.ledger.largest() ?? 0))) return false;
    size += present - sizeOf(last, name);
    before += Math.max(0, was - present);
  }
  return !mayBreak(policy, size, Math.max(size + before, total.largest()));
}

/** The share grows with the loss, so the largest possible loss decides. */
function mayBreak({ maxDropPercent }: GuardPolicy, present: number, largest: number): boolean {
  const fall = Math.max(0, largest - present);
  const of = present + fall;
  return of >= leastForShare && fall * 100 > maxDropPercent * of;
}

function sizeOf(services: Parameters<typeof findService>[0], name: string): number {
  return findService(services, name)?.instances.length ?? 0;
}

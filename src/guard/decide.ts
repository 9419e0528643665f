import type { Compared, Ended, Group, Kept } from './group.js';
import type { Rule } from './hold.js';
import type { Ledger } from './ledger.js';

/** A ledger that counts the members of several groups, by other names. */
export interface Total {
  readonly ledger: Ledger;
  readonly nameOf: (member: string) => string;
}

/** What has changed in the holds of one group. */
export interface Decision<T> {
  readonly began: readonly Kept<T>[];
  readonly ended: readonly Ended<T>[];
  /** A hold has another rule now. */
  readonly isRelabelled: boolean;
}

/**
 * Holds all missing members of a group because of this rule, or lets all of them go.
 *
 * @param hold makes what is held from a member
 */
export function decide<T>(
  group: Group<T>,
  { missing, ended: known }: Compared<T>,
  rule: Rule | undefined,
  { now, total, hold }: { readonly now: number; readonly total?: Total | undefined; readonly hold: (item: T) => T },
): Decision<T> {
  const { ledger, holds } = group;
  const began: Kept<T>[] = [];
  const ended = [...known];
  let isRelabelled = false;
  for (const [member, found] of missing) {
    const kept = holds.get(member);
    if (rule === undefined) {
      const departure = { at: now, isNew: found.isNew };
      ledger.depart(member, departure);
      total?.ledger.depart(total.nameOf(member), departure);
      if (kept) ended.push({ kept, why: 'no-rule' });
      holds.delete(member);
      continue;
    }
    ledger.undoDeparture(member);
    total?.ledger.undoDeparture(total.nameOf(member));
    if (kept?.rule === rule) continue;
    const held: Kept<T> = kept ? { ...kept, rule } : { ...found, rule, item: hold(found.item) };
    holds.set(member, held);
    if (kept) isRelabelled = true;
    else began.push(held);
  }
  return { began, ended, isRelabelled };
}

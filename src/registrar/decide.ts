import type { Entry } from '../model/entry.js';

/** What is to be made of a key that was read. */
export interface DesiredKey {
  /** Undefined: the key must not be there. */
  readonly value: string | undefined;
  /** What it hangs on. */
  readonly lease: string;
  /** A lease of this process, this one or an earlier. */
  isOwn(lease: string): boolean;
  /** Whoever wrote this entry meant the very same endpoint. */
  isSame(entry: Entry): boolean;
  /** Nothing of it was in etcd yet. Later on, what somebody else wrote is let be. */
  readonly first: boolean;
  /** The first time, whoever has the key is replaced. */
  readonly takeOver: boolean;
}

/** Whose key it is: nobody's, ours, an earlier process's of the same endpoint, somebody else's. */
export type Holder = 'nobody' | 'us' | 'same' | 'other';

export type WriteDecision =
  | { readonly kind: 'in-step' | 'taken' }
  | { readonly kind: 'write'; readonly over: Holder; readonly modRevision: string };

/** Compares what is there with what is wanted. Pure. */
export function decideWrite(seen: Entry | undefined, wish: DesiredKey): WriteDecision {
  const inStep = { kind: 'in-step' } as const;
  if (seen === undefined)
    return wish.value === undefined ? inStep : { kind: 'write', over: 'nobody', modRevision: '0' };
  const over = holderOf(seen, wish);
  if (over === 'us' && seen.value === wish.value && seen.lease === wish.lease) return inStep;
  if (over === 'us' || (wish.first && (over === 'same' || wish.takeOver)))
    return { kind: 'write', over, modRevision: seen.modRevision };
  // Somebody else's key is not ours to take away; nor need it be, when ours must not be there.
  return wish.value === undefined && !wish.first ? inStep : { kind: 'taken' };
}

function holderOf(seen: Entry, wish: DesiredKey): Holder {
  if (wish.isOwn(seen.lease)) return 'us';
  return wish.isSame(seen) ? 'same' : 'other';
}

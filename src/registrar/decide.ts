import type { Entry } from '../model/entry.js';

/** The desired state of one key, and how to recognize who holds the key. */
export interface DesiredKey {
  /** Undefined: the key must not exist. */
  readonly value: string | undefined;
  /** The lease that the key must be attached to. */
  readonly lease: string;
  /** True for the current lease of this process and for its earlier ones. */
  isOwn(lease: string): boolean;
  /** True when the entry registers the same endpoint: the same id, address and port. */
  isSame(entry: Entry): boolean;
  /** True until etcd has had this registration once. After that, a key of another writer is never replaced. */
  readonly isFirst: boolean;
  /** On the first write, replace the key whatever its holder. */
  readonly takeOver: boolean;
}

/**
 * Who holds a key. `none`: the key does not exist. `own`: this process. `same`: an earlier process of the same endpoint.
 * `other`: another writer.
 */
export type Holder = 'none' | 'own' | 'same' | 'other';

/** `write` replaces the entry of `holder`, on the condition that the key is still at `modRevision`. `taken`: another writer keeps it. */
export type WriteDecision =
  | { readonly kind: 'in-step' | 'taken' }
  | { readonly kind: 'write'; readonly holder: Holder; readonly modRevision: string };

/** Compares the entry in etcd with the desired key. Pure. */
export function decideWrite(observed: Entry | undefined, desired: DesiredKey): WriteDecision {
  const inStep = { kind: 'in-step' } as const;
  if (observed === undefined)
    return desired.value === undefined ? inStep : { kind: 'write', holder: 'none', modRevision: '0' };
  const holder = holderOf(observed, desired);
  if (holder === 'own' && observed.value === desired.value && observed.lease === desired.lease) return inStep;
  if (holder === 'own' || (desired.isFirst && (holder === 'same' || desired.takeOver)))
    return { kind: 'write', holder, modRevision: observed.modRevision };
  // A key of another writer stays. If our key must not exist, that is already what we want.
  return desired.value === undefined && !desired.isFirst ? inStep : { kind: 'taken' };
}

function holderOf(observed: Entry, desired: DesiredKey): Holder {
  if (desired.isOwn(observed.lease)) return 'own';
  return desired.isSame(observed) ? 'same' : 'other';
}

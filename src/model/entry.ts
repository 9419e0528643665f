/**
 * One etcd key and its value. The texts are decoded without loss: bytes that are not UTF-8 become lone surrogates
 * (U+DC80 to U+DCFF), so `isWellFormed()` is true exactly when the bytes were UTF-8.
 */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Decimal int64; `'0'` without a lease. A string, because lease ids exceed 2^53. */
  readonly lease: string;
  /** Decimal int64: the store's revision when the key was created. */
  readonly createRevision: string;
  /** Decimal int64: the store's revision when the key was last written. */
  readonly modRevision: string;
}

/** A change of one key. A batch has them in the order of the store. */
export type EntryEvent =
  { readonly type: 'put'; readonly entry: Entry } | { readonly type: 'delete'; readonly key: string };

/**
 * A delivery of a source. A `sync` is the whole prefix at one revision and replaces everything before it; a `change` has the
 * events that followed. `revision` (decimal int64) is the store's revision after the batch.
 */
export type Batch =
  | {
      readonly kind: 'sync';
      readonly revision: string;
      /** Decimal uint64 of the cluster that answered. */
      readonly clusterId: string;
      readonly entries: readonly Entry[];
    }
  | { readonly kind: 'change'; readonly revision: string; readonly events: readonly EntryEvent[] };

/**
 * One etcd key and its value, as read. Text is decoded so that no two byte strings become one: bytes that are not
 * UTF-8 turn into lone surrogates (U+DC80 to U+DCFF), so `isWellFormed()` tells whether the bytes were text.
 */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Decimal int64; `'0'` without a lease. Lease ids exceed 2^53, so they are never numbers. */
  readonly lease: string;
  /** Decimal int64: the store's revision when the key was last created, and last written. */
  readonly createRevision: string;
  readonly modRevision: string;
}

/** What happened to one key. Within a batch, in the order of the store. */
export type EntryEvent =
  { readonly type: 'put'; readonly entry: Entry } | { readonly type: 'delete'; readonly key: string };

/**
 * What a source hands on. `sync` is the whole prefix at one revision and replaces all that was known of it;
 * `change` is what followed. `revision` (decimal int64) is the store's revision after the batch.
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

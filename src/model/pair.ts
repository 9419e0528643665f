/** One key of a raw source, with its value. */
export interface Pair {
  /** The whole etcd key. */
  readonly key: string;
  readonly value: string;
}

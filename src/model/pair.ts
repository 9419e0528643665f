/** One key and its value of a raw source. */
export interface Pair {
  /** The whole etcd key. */
  readonly key: string;
  readonly value: string;
}

import type { Batch } from '../model/entry.js';

/** The connection state of a source. `live` is proven by the server's answers. `retryInMs`: at the latest; sooner when etcd is back. */
export type SourceState =
  | { readonly kind: 'connecting' | 'listing' | 'live'; readonly endpoint: string }
  | { readonly kind: 'waiting'; readonly endpoint: string; readonly error: Error; readonly retryInMs: number };

/** The receiver of a source's batches and states. Neither function throws. */
export interface SourceSink {
  batch(batch: Batch): void;
  state(state: SourceState): void;
}

/** An etcd prefix that is listed and watched. */
export interface Source {
  readonly name: string;
  /** Lists, then watches, until `signal` aborts; then it resolves. A fault of the server never makes it reject. */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}

import type { SourceState } from '../../ports/source.js';
import type { KubeObject } from '../resource.js';
import type { ObjectEvent } from './watch.js';

/**
 * A delivery, in the manner of `Batch`. A `sync` is everything that the query matches at one resource version, and replaces everything
 * before it; a `change` has the events that followed. `revision` is the resource version after the batch.
 */
export type ObjectBatch =
  | { readonly kind: 'sync'; readonly revision: string; readonly objects: readonly KubeObject[] }
  | { readonly kind: 'change'; readonly revision: string; readonly events: readonly ObjectEvent[] };

/** The receiver. Neither function throws. */
export interface ObjectSink {
  batch(batch: ObjectBatch): void;
  state(state: SourceState): void;
}

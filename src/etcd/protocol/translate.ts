import type { Entry } from '../../model/entry.js';
import { textOf } from './bytes.js';
import type { KeyValue, PutResponse } from './messages.js';

/** The moment of a store that an answer is about. Decimal strings: the cluster's id is a uint64, the others are int64. */
export interface StoreMoment {
  readonly revision: string;
  readonly clusterId: string;
  /** Never goes back in the life of one store. */
  readonly raftTerm: string;
}

export function momentOf({ header }: PutResponse): StoreMoment {
  return { revision: header.revision, clusterId: header.cluster_id, raftTerm: header.raft_term };
}

export function entryOf(kv: KeyValue): Entry {
  return {
    key: textOf(kv.key),
    value: textOf(kv.value),
    lease: kv.lease,
    createRevision: kv.create_revision,
    modRevision: kv.mod_revision,
  };
}

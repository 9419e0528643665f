import type { Entry } from '../../model/entry.js';
import { textOf } from './bytes.js';
import type { KeyValue, PutResponse } from './messages.js';

/** The state of a store that an answer is about. Decimal strings: the cluster id and the raft term are uint64, the revision is int64. */
export interface StoreMoment {
  readonly revision: string;
  readonly clusterId: string;
  /** Never decreases in the life of one store. */
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

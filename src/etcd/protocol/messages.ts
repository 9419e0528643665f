import { bool, bytes, int64, repeated, message, enumeration, string, uint64, type Message } from './protobuf.js';

// etcd's messages (api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto of etcd 3.4 to 3.6), with the fields that rollcall uses.

const header = message({ cluster_id: [1, uint64], revision: [3, int64], raft_term: [4, uint64] });

const keyValue = message({
  key: [1, bytes],
  create_revision: [2, int64],
  mod_revision: [3, int64],
  value: [5, bytes],
  lease: [6, int64],
});
export type KeyValue = Decoded<typeof keyValue>;

export const rangeRequest = message({
  key: [1, bytes],
  range_end: [2, bytes],
  limit: [3, int64],
  revision: [4, int64],
});

export const putRequest = message({ key: [1, bytes], value: [2, bytes], lease: [3, int64] });
export const putResponse = message({ header: [1, header] });
export type PutResponse = Decoded<typeof putResponse>;

export const deleteRangeRequest = message({ key: [1, bytes], range_end: [2, bytes] });
export const deleteRangeResponse = message({ header: [1, header], deleted: [2, int64] });

const compare = message({
  result: [1, enumeration('Equal', 'Greater', 'Less', 'NotEqual')],
  target: [2, enumeration('Version', 'Create', 'Mod', 'Value', 'Lease')],
  key: [3, bytes],
  mod_revision: [6, int64],
  lease: [8, int64],
});
export type Compare = Encodable<typeof compare>;
const requestOp = message({ request_put: [2, putRequest], request_delete_range: [3, deleteRangeRequest] });
export type RequestOp = Encodable<typeof requestOp>;
export const txnRequest = message({ compare: [1, repeated(compare)], success: [2, repeated(requestOp)] });
export const txnResponse = message({ header: [1, header], succeeded: [2, bool] });

export const leaseGrantRequest = message({ TTL: [1, int64] });
export const leaseGrantResponse = message({ header: [1, header], ID: [2, int64], TTL: [3, int64] });

export const leaseRevokeRequest = message({ ID: [1, int64] });
export const leaseRevokeResponse = message({ header: [1, header] });

export const leaseKeepAliveRequest = message({ ID: [1, int64] });
export const leaseKeepAliveResponse = message({ header: [1, header], ID: [2, int64], TTL: [3, int64] });
export type LeaseAnswer = Decoded<typeof leaseKeepAliveResponse>;

export const leaseTimeToLiveRequest = message({ ID: [1, int64], keys: [2, bool] });
export const leaseTimeToLiveResponse = message({
  header: [1, header],
  ID: [2, int64],
  TTL: [3, int64],
  grantedTTL: [4, int64],
  keys: [5, repeated(bytes)],
});

const createRequest = message({
  key: [1, bytes],
  range_end: [2, bytes],
  start_revision: [3, int64],
  progress_notify: [4, bool],
  fragment: [8, bool],
});
export const watchRequest = message({ create_request: [1, createRequest], progress_request: [3, message({})] });

const event = message({ type: [1, enumeration('Put', 'Delete')], kv: [2, keyValue] });
export type Event = Decoded<typeof event>;
export const watchResponse = message({
  header: [1, header],
  watch_id: [2, int64],
  created: [3, bool],
  canceled: [4, bool],
  compact_revision: [5, int64],
  cancel_reason: [6, string],
  fragment: [7, bool],
  events: [11, repeated(event)],
});
export type WatchRequestMessage = Encodable<typeof watchRequest>;
export type WatchResponseMessage = Decoded<typeof watchResponse>;

export const statusRequest = message({});
export const statusResponse = message({ header: [1, header], version: [2, string] });

export const authenticateRequest = message({ name: [1, string], password: [2, string] });
export const authenticateResponse = message({ header: [1, header], token: [2, string] });

export type Decoded<M> = M extends Message<infer T, never> ? T : never;
export type Encodable<M> = M extends { encode(value: infer G): Buffer } ? G : never;

import type * as Grpc from '@grpc/grpc-js';
import { decodeRange } from './decode.js';
import * as messages from './messages.js';
import type { Message } from './protobuf.js';

/** One method of etcd's gRPC API. 64-bit numbers are decimal strings, bytes are Buffers, enum values are their names. */
export interface Method<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

/** The same method, with a check of the answer. @param check throws a RangeError that names the fault */
export function checked<Q, A, B>(
  { responseDeserialize, ...method }: Method<Q, A>,
  check: (answer: A) => B,
): Method<Q, B> {
  return { ...method, responseDeserialize: (bytes) => check(responseDeserialize(bytes)) };
}

export const methods = {
  range: method('KV/Range', messages.rangeRequest, { decode: decodeRange }),
  put: method('KV/Put', messages.putRequest, messages.putResponse),
  deleteRange: method('KV/DeleteRange', messages.deleteRangeRequest, messages.deleteRangeResponse),
  txn: method('KV/Txn', messages.txnRequest, messages.txnResponse),
  leaseGrant: method('Lease/LeaseGrant', messages.leaseGrantRequest, messages.leaseGrantResponse),
  leaseRevoke: method('Lease/LeaseRevoke', messages.leaseRevokeRequest, messages.leaseRevokeResponse),
  // A stream in etcd's API. With one request and one answer, it looks like a unary call on the wire.
  leaseKeepAlive: method('Lease/LeaseKeepAlive', messages.leaseKeepAliveRequest, messages.leaseKeepAliveResponse),
  leaseTimeToLive: method('Lease/LeaseTimeToLive', messages.leaseTimeToLiveRequest, messages.leaseTimeToLiveResponse),
  status: method('Maintenance/Status', messages.statusRequest, messages.statusResponse),
  authenticate: method('Auth/Authenticate', messages.authenticateRequest, messages.authenticateResponse),
  watch: method('Watch/Watch', messages.watchRequest, messages.watchResponse),
};

export type Methods = typeof methods;

export type WatchDuplex = Grpc.ClientDuplexStream<messages.WatchRequestMessage, messages.WatchResponseMessage>;
export type Client = Grpc.Client;
export type Metadata = Grpc.Metadata;

let loading: Promise<typeof Grpc> | undefined;

/** Loads grpc once, when it is first needed: a command that does not use etcd does not wait for it. */
export function loadGrpc(): Promise<typeof Grpc> {
  loading ??= import('@grpc/grpc-js');
  return loading;
}

function method<Q, A>(
  name: string,
  request: Message<unknown, Q>,
  response: { readonly decode: (bytes: Buffer) => A },
): Method<Q, A> {
  return {
    path: `/etcdserverpb.${name}`,
    requestSerialize: request.encode,
    responseDeserialize: response.decode,
  };
}

import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import type {
  IAuthenticateRequest,
  IAuthenticateResponse,
  IDeleteRangeRequest,
  IDeleteRangeResponse,
  IPutRequest,
  IPutResponse,
  IRangeRequest,
  IStatusResponse,
  ITxnRequest,
  ITxnResponse,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { decodeRange, type RangeAnswer } from './decode.js';

/** One method of etcd's gRPC API. 64-bit numbers are decimal strings, bytes are Buffers, enums are their names. */
export interface Method<Q, A> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

export interface Methods {
  readonly range: Method<IRangeRequest, RangeAnswer>;
  readonly put: Method<IPutRequest, IPutResponse>;
  readonly deleteRange: Method<IDeleteRangeRequest, IDeleteRangeResponse>;
  readonly txn: Method<ITxnRequest, ITxnResponse>;
  readonly status: Method<object, IStatusResponse>;
  readonly authenticate: Method<IAuthenticateRequest, IAuthenticateResponse>;
  readonly watch: Method<IWatchRequest, IWatchResponse>;
}

export interface Protocol {
  readonly grpc: typeof Grpc;
  readonly methods: Methods;
}

export type WatchDuplex = Grpc.ClientDuplexStream<IWatchRequest, IWatchResponse>;
export type Client = Grpc.Client;
export type Metadata = Grpc.Metadata;

let loading: Promise<Protocol> | undefined;

/** Loads grpc and etcd3's rpc.proto, once, at the first need: a command that asks etcd nothing does not wait for them. */
export function loadProtocol(): Promise<Protocol> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Protocol> {
  const [grpc, { loadSync }] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  const services = loadSync(createRequire(import.meta.url).resolve('etcd3/proto/rpc.proto'), {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
  });
  const method = (service: string, name: string): never =>
    (services[`etcdserverpb.${service}`] as unknown as Record<string, never>)[name] as never;
  return {
    grpc,
    methods: {
      range: { ...(method('KV', 'Range') as Method<IRangeRequest, unknown>), responseDeserialize: decodeRange },
      put: method('KV', 'Put'),
      deleteRange: method('KV', 'DeleteRange'),
      txn: method('KV', 'Txn'),
      status: method('Maintenance', 'Status'),
      authenticate: method('Auth', 'Authenticate'),
      watch: method('Watch', 'Watch'),
    },
  };
}

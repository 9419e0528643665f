import type { ChannelOptions } from '@grpc/grpc-js';
import { RollcallError } from '../model/errors.js';
import { hideCredentials } from '../model/redact.js';
import type { Clock } from '../ports/runtime.js';
import { createChannelSecurity } from './channel-security.js';
import { settled, untilReconnected } from './connectivity.js';
import { parseEndpoint, type EtcdEndpoint } from './endpoint.js';
import { noAnswer } from './failure.js';
import { defaults, type EtcdOptions } from './options.js';
import { loadGrpc, type Client } from './protocol/protocol.js';
import { readTls, stampOf } from './tls.js';

/** One grpc channel per endpoint, and the endpoint in use. */
export interface Connections {
  readonly size: number;
  /** The endpoint in use. */
  readonly current: EtcdEndpoint;
  /** Switches to the next endpoint, unless another call has already left this one. */
  leave(endpoint: EtcdEndpoint): void;
  /**
   * Returns the endpoint's channel, connected. It is a new channel when the TLS files have changed.
   * @param doing begins the message of a failure: `list /services/`
   * @param timeout milliseconds; the lesser of this and `dialTimeout` counts
   * @throws EtcdError when it does not connect in time; RollcallError `ETCD_TLS_FILES`
   */
  connect(endpoint: EtcdEndpoint, doing: string, signal?: AbortSignal, timeout?: number): Promise<Client>;
  /**
   * Drops a silent connection: the next `connect` makes a new one. Calls on the old one run on to their own end.
   * Do not call it for a connection that fails to connect. grpc retries that by itself, and closing it in between leaks a
   * connection when the retry succeeds (grpc-js 1.14).
   */
  discard(endpoint: EtcdEndpoint, client: Client): void;
  /**
   * Resolves when the endpoint in use gets a connection that it does not have at the call, or when the signal aborts. grpc connects again
   * by itself, at least about once a second.
   */
  readonly reconnected: (signal: AbortSignal) => Promise<void>;
  /** A call on the endpoint's newest channel was answered: channels with older TLS files are closed. */
  answered(endpoint: EtcdEndpoint): void;
  /** Asks every watch to leave its stream and to open a new one, with the token and the TLS files of today. */
  move(): void;
  /** Calls `listener` at every `move`, until the returned function is called. */
  onMove(listener: () => void): () => void;
  close(): void;
}

const channelOptions: ChannelOptions = {
  // etcd answers with GOAWAY "too_many_pings" if pings come closer than 5 s, or if no call is under way
  // (--grpc-keepalive-min-time; it permits no ping without a stream). A watch has its own, quicker liveness check.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.max_receive_message_length': 64 << 20,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // unary.ts does the retries. Without a local pool, a new channel would get the silent connection again.
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
  // No client can query channelz in this process.
  'grpc.enable_channelz': 0,
};

interface Opened {
  readonly client: Client;
  readonly stamp: string;
}

/** @throws RollcallError `CONFIG_INVALID` when an endpoint is malformed */
export function createConnections(options: EtcdOptions, clock: Clock): Connections {
  const endpoints = options.endpoints.map((text) => {
    const endpoint = parseEndpoint(text, options.tls !== undefined);
    if ('problem' in endpoint)
      throw new RollcallError(
        'CONFIG_INVALID',
        `etcd endpoint ${JSON.stringify(hideCredentials(text))}: ${endpoint.problem}`,
      );
    return endpoint;
  });
  const [first] = endpoints;
  if (first === undefined) throw new RollcallError('CONFIG_INVALID', 'etcd has no endpoints');
  const opened = new Map<EtcdEndpoint, Opened>();
  /** Channels with older TLS files. They serve their watches until a newer channel is connected: the new files may be bad. */
  const replaced = new Map<EtcdEndpoint, Client[]>();
  const movers = new Set<() => void>();
  let current = first;
  let closed = false;

  function discard(endpoint: EtcdEndpoint, client: Client): void {
    client.close();
    if (opened.get(endpoint)?.client === client) opened.delete(endpoint);
  }

  function closeReplaced(endpoint: EtcdEndpoint): void {
    if (replaced.size === 0) return;
    for (const client of replaced.get(endpoint) ?? []) client.close();
    replaced.delete(endpoint);
  }

  async function open(endpoint: EtcdEndpoint): Promise<Client> {
    const grpc = await loadGrpc();
    const files = endpoint.secure ? (options.tls ?? {}) : undefined;
    const stamp = files === undefined ? '' : await stampOf(files);
    let ready = opened.get(endpoint);
    if (ready?.stamp === stamp) return ready.client;
    const material = files === undefined ? undefined : await readTls(files);
    if (closed) throw new RollcallError('ETCD_UNREACHABLE', `the connection to etcd at ${endpoint.name} is closed`);
    // Another call may have opened it while the files were read.
    ready = opened.get(endpoint);
    if (ready?.stamp === (material?.stamp ?? '')) return ready.client;
    const plain = { credentials: grpc.credentials.createInsecure(), options: {} };
    const security =
      material === undefined ? plain : createChannelSecurity(grpc, endpoint, material, options.tls?.serverName);
    const client = new grpc.Client(endpoint.target, security.credentials, { ...channelOptions, ...security.options });
    if (ready !== undefined) replaced.set(endpoint, [...(replaced.get(endpoint) ?? []), ready.client]);
    opened.set(endpoint, { client, stamp: material?.stamp ?? '' });
    return client;
  }

  return {
    size: endpoints.length,
    get current() {
      return current;
    },
    leave(endpoint) {
      if (endpoint === current) current = endpoints[(endpoints.indexOf(endpoint) + 1) % endpoints.length] ?? first;
    },
    async connect(endpoint, doing, signal, timeout = Infinity) {
      const client = await open(endpoint);
      const limit = Math.min(options.dialTimeout ?? defaults.dialTimeout, timeout);
      if (!(await settled(client, clock, limit, signal)) && signal?.aborted !== true) {
        discard(endpoint, client);
        throw noAnswer(doing, endpoint.name, `did not accept a connection within ${limit} ms`, false);
      }
      return client;
    },
    discard,
    reconnected: (signal) => untilReconnected(opened.get(current)?.client, signal),
    answered: closeReplaced,
    move() {
      for (const mover of [...movers]) mover();
    },
    onMove(listener) {
      movers.add(listener);
      return () => void movers.delete(listener);
    },
    close() {
      closed = true;
      for (const endpoint of replaced.keys()) closeReplaced(endpoint);
      for (const [endpoint, { client }] of opened) discard(endpoint, client);
    },
  };
}

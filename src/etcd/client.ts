import type { KeySelector } from '../model/key-prefix.js';
import type { Clock, Random } from '../ports/runtime.js';
import { createAuth } from './auth.js';
import { bytesOf } from './protocol/bytes.js';
import { createConnections } from './connections.js';
import { checkRange } from './check-range.js';
import { decodeRange, type RangeAnswer } from './protocol/decode.js';
import { describeKeys, keyAfter, rangeOf } from './protocol/keys.js';
import { createLeases, type Leases } from './leases.js';
import type { Compare, RequestOp } from './protocol/messages.js';
import { defaults, type EtcdOptions } from './options.js';
import { checked } from './protocol/protocol.js';
import { momentOf, type StoreMoment } from './protocol/translate.js';
import { createUnary } from './unary.js';
import { createWatch, type Watch } from './watch/watch.js';

/** The keys to read: one key, or every key that begins with a prefix (`''`: all keys). Keys are text as in `Entry`. */
export type RangeQuery = KeySelector & {
  /** The most entries to return, in the order of the keys' bytes. Default: all. */
  readonly limit?: number;
  /** With a prefix: only keys after this one. */
  readonly after?: string;
  /** The revision (decimal) at which to read. Default: the current one. */
  readonly revision?: string;
};

/** The key was last written at this revision (`'0'`: it does not exist), or it is attached to this lease. */
export type Condition =
  { readonly key: string; readonly modRevision: string } | { readonly key: string; readonly lease: string };

export type Operation =
  | { readonly put: { readonly key: string; readonly value: string; readonly lease?: string } }
  | { readonly delete: { readonly key: string } };

export interface Transaction {
  /** All conditions must hold. */
  readonly conditions: readonly Condition[];
  /** When the conditions hold, etcd does all operations in one revision; otherwise none. By default at most 128 (--max-txn-ops). */
  readonly operations: readonly Operation[];
}

export interface Status extends StoreMoment {
  readonly endpoint: string;
  /** `3.4.23` */
  readonly version: string;
}

/**
 * An etcd client with the calls that rollcall needs. Every call has a deadline, and goes to another endpoint when one does not
 * answer. `put`, `delete` and `txn` are sent again only if the first request certainly did not leave this process.
 * All calls throw EtcdError (`ETCD_*`), and RollcallError when a file of the connection cannot be read.
 */
export interface Etcd extends Leases {
  /** The endpoint in use, as configured. */
  readonly endpoint: string;
  /** Number of configured endpoints. */
  readonly endpoints: number;
  range(query: RangeQuery, signal?: AbortSignal): Promise<RangeAnswer>;
  put(key: string, value: string, options?: { readonly lease?: string }, signal?: AbortSignal): Promise<StoreMoment>;
  delete(key: string, signal?: AbortSignal): Promise<StoreMoment & { readonly deleted: number }>;
  txn(transaction: Transaction, signal?: AbortSignal): Promise<StoreMoment & { readonly succeeded: boolean }>;
  status(signal?: AbortSignal): Promise<Status>;
  /** Follows keys over one stream, until the stream ends. */
  readonly watch: Watch;
  /**
   * Uses the new contents of the password and TLS files: connects and logs in with them, then moves every watch to the new
   * connection. A watch continues after its last event and does not list again. When this throws, the watches stay on the old
   * connection.
   */
  reconnect(signal?: AbortSignal): Promise<void>;
  /** Resolves when the endpoint in use gets a connection that it does not have at the call, or when the signal aborts. */
  readonly reconnected: (signal: AbortSignal) => Promise<void>;
  /** Ends all connections. */
  close(): void;
}

export interface EtcdDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Creates a client. It connects at the first call.
 *
 * @throws RollcallError CONFIG_INVALID when an endpoint is wrong
 */
export function createEtcd(options: EtcdOptions, { clock, random }: EtcdDeps): Etcd {
  const callTimeout = options.callTimeout ?? defaults.callTimeout;
  const connections = createConnections(options, clock);
  const parts = { connections, callTimeout, clock, random };
  const bare = createUnary(parts);
  const auth = createAuth(options.auth, async (name, password) => {
    const login = { doing: `log in to etcd as ${name}`, repeatable: true };
    return (await bare((methods) => checked(methods.authenticate, checkToken), { name, password }, login)).token;
  });
  const call = createUnary({ ...parts, auth });

  return {
    get endpoint() {
      return connections.current.name;
    },
    endpoints: connections.size,
    range(query, signal) {
      const whole = rangeOf(query);
      const range = query.after === undefined ? whole : { ...whole, key: keyAfter(query.after) };
      const most = 'key' in query ? 1 : query.limit;
      const request = {
        key: range.key,
        // etcd 3.4 takes an empty `range_end` for "every key from this one on".
        ...(range.range_end.length > 0 && { range_end: range.range_end }),
        ...(query.limit !== undefined && { limit: query.limit }),
        ...(query.revision !== undefined && { revision: query.revision }),
      };
      const doing = `read ${describeKeys(query)}`;
      const read = (bytes: Buffer): RangeAnswer => checkRange(decodeRange(bytes, most), range);
      const options = { doing, repeatable: true, signal };
      return call((methods) => ({ ...methods.range, responseDeserialize: read }), request, options);
    },
    async put(key, value, { lease } = {}, signal) {
      const request = putOf(key, value, lease);
      return momentOf(await call((m) => m.put, request, { doing: `put ${key}`, repeatable: false, signal }));
    },
    async delete(key, signal) {
      const request = { key: bytesOf(key) };
      const options = { doing: `delete ${key}`, repeatable: false, signal };
      const answer = await call((m) => m.deleteRange, request, options);
      return { ...momentOf(answer), deleted: Number(answer.deleted) };
    },
    async txn({ conditions, operations }, signal) {
      const request = {
        compare: conditions.map(compareOf),
        success: operations.map(operationOf),
      };
      const doing = describeTransaction(operations);
      const answer = await call((methods) => methods.txn, request, { doing, repeatable: false, signal });
      return { ...momentOf(answer), succeeded: answer.succeeded };
    },
    async status(signal) {
      const options = { doing: 'ask for the status', repeatable: true, signal };
      const answer = await call((methods) => methods.status, {}, options);
      return { ...momentOf(answer), endpoint: connections.current.name, version: answer.version };
    },
    ...createLeases(call),
    watch: createWatch({ connections, auth, callTimeout, clock }),
    async reconnect(signal) {
      await auth.renew();
      await call((methods) => methods.status, {}, { doing: 'connect again', repeatable: true, signal });
      connections.move();
    },
    reconnected: connections.reconnected,
    close: () => {
      connections.close();
    },
  };
}

/** Refuses a token that a header cannot hold: the error of grpc would quote the token. @throws RangeError */
function checkToken<A extends { readonly token: string }>(answer: A): A {
  if (!/^[\x21-\x7e]{0,4096}$/.test(answer.token))
    throw new RangeError('its token has characters that a header cannot hold');
  return answer;
}

/** `put /a`, `delete /a`, or `change 3 keys (/a and others) in one transaction`. Names no values. */
function describeTransaction(operations: readonly Operation[]): string {
  const [first] = operations;
  if (first === undefined) return 'compare keys in one transaction';
  const key = 'put' in first ? first.put.key : first.delete.key;
  if (operations.length === 1) return `${'put' in first ? 'put' : 'delete'} ${key}`;
  return `change ${operations.length} keys (${key} and others) in one transaction`;
}

function compareOf(condition: Condition): Compare {
  const equal = { key: bytesOf(condition.key), result: 'Equal' } as const;
  return 'lease' in condition
    ? { ...equal, target: 'Lease', lease: condition.lease }
    : { ...equal, target: 'Mod', mod_revision: condition.modRevision };
}

function operationOf(operation: Operation): RequestOp {
  if ('put' in operation) {
    const { key, value, lease } = operation.put;
    return { request_put: putOf(key, value, lease) };
  }
  return { request_delete_range: { key: bytesOf(operation.delete.key) } };
}

function putOf(key: string, value: string, lease: string | undefined) {
  return { key: bytesOf(key), value: bytesOf(value), ...(lease !== undefined && { lease }) };
}

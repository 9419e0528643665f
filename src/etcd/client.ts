import type { KeySelector } from '../model/key-prefix.js';
import type { Clock, Random } from '../ports.js';
import { createAuth } from './auth.js';
import { bytesOf } from './bytes.js';
import { createConnections } from './connections.js';
import type { RangeAnswer } from './decode.js';
import { describeKeys, keyAfter, rangeOf } from './keys.js';
import { createLeases, type Leases } from './leases.js';
import type { Compare, RequestOp } from './messages.js';
import { defaults, type EtcdOptions } from './options.js';
import { momentOf, type StoreMoment } from './translate.js';
import { createUnary } from './unary.js';
import { createWatch, type Watch } from './watch.js';

/** What to read: one key, or every key that begins with a prefix (`''`: all). Keys are text as in `Entry`. */
export type RangeQuery = KeySelector & {
  /** At most so many, in the order of the keys' bytes. Default: all. */
  readonly limit?: number;
  /** Of a prefix: only keys behind this one. */
  readonly after?: string;
  /** As the store was at this revision (decimal). Default: now. */
  readonly revision?: string;
};

/** The key was last written at this revision (`'0'`: it does not exist), or it hangs on this lease. */
export type Condition =
  { readonly key: string; readonly modRevision: string } | { readonly key: string; readonly lease: string };

export type Operation =
  | { readonly put: { readonly key: string; readonly value: string; readonly lease?: string } }
  | { readonly delete: { readonly key: string } };

export interface Transaction {
  /** All must hold. */
  readonly conditions: readonly Condition[];
  /** Done as one revision when they hold; none of it otherwise. etcd takes 128 by default (--max-txn-ops). */
  readonly operations: readonly Operation[];
}

export interface Status extends StoreMoment {
  readonly endpoint: string;
  /** `3.4.23` */
  readonly version: string;
}

/**
 * etcd, as far as rollcall needs it. Every call has a deadline and goes to another endpoint when one does not answer;
 * `put`, `delete` and `txn` are sent again only when they certainly never left.
 * All throw EtcdError (`ETCD_*`), and RollcallError when a file of the connection cannot be read.
 */
export interface Etcd extends Leases {
  /** The endpoint in use, as configured. */
  readonly endpoint: string;
  /** How many there are. */
  readonly endpoints: number;
  range(query: RangeQuery, signal?: AbortSignal): Promise<RangeAnswer>;
  put(key: string, value: string, options?: { readonly lease?: string }, signal?: AbortSignal): Promise<StoreMoment>;
  delete(key: string, signal?: AbortSignal): Promise<StoreMoment & { readonly deleted: number }>;
  txn(transaction: Transaction, signal?: AbortSignal): Promise<StoreMoment & { readonly succeeded: boolean }>;
  status(signal?: AbortSignal): Promise<Status>;
  /** Follows keys over one stream, until that ends. */
  readonly watch: Watch;
  /** Ends all connections. */
  close(): void;
}

export interface EtcdDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Connects at the first call.
 * @throws RollcallError CONFIG_INVALID when an endpoint makes no sense
 */
export function createEtcd(options: EtcdOptions, { clock, random }: EtcdDeps): Etcd {
  const callTimeout = options.callTimeout ?? defaults.callTimeout;
  const connections = createConnections(options, clock);
  const parts = { connections, callTimeout, clock, random };
  const bare = createUnary(parts);
  const auth = createAuth(options.auth, async (name, password) => {
    const login = { doing: `log in to etcd as ${name}`, repeatable: true };
    return (await bare((methods) => methods.authenticate, { name, password }, login)).token;
  });
  const call = createUnary({ ...parts, auth });

  return {
    get endpoint() {
      return connections.current.name;
    },
    endpoints: connections.size,
    range(query, signal) {
      const request = {
        ...rangeOf(query),
        ...(query.after !== undefined && { key: keyAfter(query.after) }),
        ...(query.limit !== undefined && { limit: query.limit }),
        ...(query.revision !== undefined && { revision: query.revision }),
      };
      const doing = `read ${describeKeys(query)}`;
      return call((methods) => methods.range, request, { doing, repeatable: true, signal });
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
      const doing = `change ${operations.length} keys in one transaction`;
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
    close: () => {
      connections.close();
    },
  };
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

import { textOf } from './protocol/bytes.js';
import { EtcdError } from './failure.js';
import type { LeaseAnswer } from './protocol/messages.js';
import { momentOf, type StoreMoment } from './protocol/translate.js';
import { checked } from './protocol/protocol.js';
import type { Unary } from './unary.js';

/** Milliseconds. A longer TTL counts as this: an early keepalive does no harm, and timers have a limit. */
const MAX_TTL = 86_400_000;

export interface LeaseCallOptions {
  /** Milliseconds that one endpoint has to answer. Default: the limit of the connection, which counts too if it is less. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** etcd's leases. Ids are decimal int64, times are milliseconds. A call without an answer may be sent again. */
export interface Leases {
  /**
   * Creates a lease. etcd counts whole seconds, so `ttl` is rounded up; etcd may grant more than was requested. A TTL of more
   * than a day is returned as a day. If the answer is lost, the lease holds no keys and expires by itself.
   */
  grant(
    ttl: number,
    options?: LeaseCallOptions,
  ): Promise<StoreMoment & { readonly lease: string; readonly ttl: number }>;
  /** Renews a lease. `ttl` is its full time again, or 0 when there is no such lease. */
  keepAlive(lease: string, options?: LeaseCallOptions): Promise<StoreMoment & { readonly ttl: number }>;
  /** Ends a lease and deletes its keys. False when there was no such lease. */
  revoke(lease: string, options?: LeaseCallOptions): Promise<boolean>;
  /** The state of a lease, with its keys. `left` is up to one second too small. Undefined when the lease is gone. */
  timeToLive(lease: string, options?: LeaseCallOptions): Promise<LeaseState | undefined>;
}

export interface LeaseState extends StoreMoment {
  readonly left: number;
  readonly ttl: number;
  readonly keys: readonly string[];
}

export function createLeases(call: Unary): Leases {
  const optionsFor = (doing: string, options?: LeaseCallOptions) => ({ doing, repeatable: true, ...options });
  return {
    async grant(ttl, options) {
      const request = { TTL: Math.ceil(ttl / 1000) };
      const asked = optionsFor('request a lease', options);
      const answer = await call((m) => checked(m.leaseGrant, checkGranted), request, asked);
      return { ...momentOf(answer), lease: answer.ID, ttl: ttlOf(answer) };
    },
    async keepAlive(lease, options) {
      const asked = optionsFor(`keep lease ${lease} alive`, options);
      const isAsked = (answer: LeaseAnswer): LeaseAnswer => checkLease(answer, lease);
      const answer = await call((m) => checked(m.leaseKeepAlive, isAsked), { ID: lease }, asked);
      return { ...momentOf(answer), ttl: ttlOf(answer) };
    },
    async revoke(lease, options) {
      try {
        await call((m) => m.leaseRevoke, { ID: lease }, optionsFor(`revoke lease ${lease}`, options));
        return true;
      } catch (error) {
        if (error instanceof EtcdError && error.traits.leaseGone) return false;
        throw error;
      }
    },
    async timeToLive(lease, options) {
      const asked = optionsFor(`read the keys of lease ${lease}`, options);
      const answer = await call((m) => m.leaseTimeToLive, { ID: lease, keys: true }, asked);
      const left = Number(answer.TTL);
      if (left < 0) return undefined;
      const keys = answer.keys.map(textOf);
      return { ...momentOf(answer), left: left * 1000, ttl: Number(answer.grantedTTL) * 1000, keys };
    },
  };
}

/** Milliseconds; 0 when the lease has expired. */
function ttlOf({ TTL }: LeaseAnswer): number {
  return Math.min(Math.max(0, Number(TTL)) * 1000, MAX_TTL);
}

/** A key that is put under lease 0 would stay for ever. @throws RangeError */
function checkGranted(answer: LeaseAnswer): LeaseAnswer {
  if (Number(answer.ID) <= 0) throw new RangeError(`it grants a lease with the invalid id ${answer.ID}`);
  if (Number(answer.TTL) <= 0) throw new RangeError(`it grants a lease of ${answer.TTL} seconds`);
  return answer;
}

/** @throws RangeError when the answer is about another lease */
function checkLease(answer: LeaseAnswer, lease: string): LeaseAnswer {
  if (answer.ID !== lease) throw new RangeError(`it is about lease ${answer.ID}, not about lease ${lease}`);
  return answer;
}

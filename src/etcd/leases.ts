import { textOf } from './protocol/bytes.js';
import { EtcdError } from './failure.js';
import type { LeaseAnswer } from './protocol/messages.js';
import { momentOf, type StoreMoment } from './protocol/translate.js';
import { checked } from './protocol/protocol.js';
import type { Unary } from './unary.js';

/** Longer lives are not believed: a sign of life that comes early harms nothing, and timers end somewhere. Milliseconds. */
const LONGEST = 86_400_000;

export interface LeaseCallOptions {
  /** Milliseconds that one endpoint has to answer, where that is less than the connection's own limit. */
  readonly patience?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** etcd's leases. Ids are decimal int64, times milliseconds. Each of these may be sent again when no answer came. */
export interface Leases {
  /**
   * A new lease. etcd counts in whole seconds, so the time is rounded up, and it may grant more than was asked for. A life
   * of more than a day is told as a day.
   * One whose answer was lost holds nothing and lapses by itself.
   */
  grant(
    ttl: number,
    options?: LeaseCallOptions,
  ): Promise<StoreMoment & { readonly lease: string; readonly ttl: number }>;
  /** Gives a lease its whole time again; `ttl` is that time, or 0 when there is no such lease. */
  keepAlive(lease: string, options?: LeaseCallOptions): Promise<StoreMoment & { readonly ttl: number }>;
  /** Ends a lease and deletes its keys. False: there was none, so there are none. */
  revoke(lease: string, options?: LeaseCallOptions): Promise<boolean>;
  /** What is left of a lease, a second at most too little, and the keys that hang on it; undefined when it is gone. */
  timeToLive(lease: string, options?: LeaseCallOptions): Promise<LeaseState | undefined>;
}

export interface LeaseState extends StoreMoment {
  readonly left: number;
  readonly ttl: number;
  readonly keys: readonly string[];
}

export function createLeases(call: Unary): Leases {
  const about = (doing: string, options?: LeaseCallOptions) => ({ doing, repeatable: true, ...options });
  return {
    async grant(ttl, options) {
      const request = { TTL: Math.ceil(ttl / 1000) };
      const asked = about('ask etcd for a lease', options);
      const answer = await call((m) => checked(m.leaseGrant, checkGranted), request, asked);
      return { ...momentOf(answer), lease: answer.ID, ttl: lifeOf(answer) };
    },
    async keepAlive(lease, options) {
      const asked = about(`keep lease ${lease} alive`, options);
      const isAsked = (answer: LeaseAnswer): LeaseAnswer => checkLease(answer, lease);
      const answer = await call((m) => checked(m.leaseKeepAlive, isAsked), { ID: lease }, asked);
      return { ...momentOf(answer), ttl: lifeOf(answer) };
    },
    async revoke(lease, options) {
      try {
        await call((m) => m.leaseRevoke, { ID: lease }, about(`revoke lease ${lease}`, options));
        return true;
      } catch (error) {
        if (error instanceof EtcdError && error.bearing.leaseGone) return false;
        throw error;
      }
    },
    async timeToLive(lease, options) {
      const asked = about(`ask for the keys of lease ${lease}`, options);
      const answer = await call((m) => m.leaseTimeToLive, { ID: lease, keys: true }, asked);
      const left = Number(answer.TTL);
      if (left < 0) return undefined;
      const keys = answer.keys.map(textOf);
      return { ...momentOf(answer), left: left * 1000, ttl: Number(answer.grantedTTL) * 1000, keys };
    },
  };
}

/** Milliseconds; 0 when it is over. */
function lifeOf({ TTL }: LeaseAnswer): number {
  return Math.min(Math.max(0, Number(TTL)) * 1000, LONGEST);
}

/** Put under lease 0, a key would stay for ever. @throws RangeError */
function checkGranted(answer: LeaseAnswer): LeaseAnswer {
  if (Number(answer.ID) <= 0) throw new RangeError(`it grants lease ${answer.ID}, which is none`);
  if (Number(answer.TTL) <= 0) throw new RangeError(`it grants a lease of ${answer.TTL} seconds`);
  return answer;
}

/** @throws RangeError when it is about another lease */
function checkLease(answer: LeaseAnswer, lease: string): LeaseAnswer {
  if (answer.ID !== lease) throw new RangeError(`it speaks of lease ${answer.ID}, not of lease ${lease}`);
  return answer;
}

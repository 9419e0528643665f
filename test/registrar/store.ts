import { EtcdError, noAnswer } from '../../src/etcd/failure.js';
import type { RegistrarEtcd } from '../../src/registrar/lease-group.js';
import type { Entry } from '../../src/model/entry.js';
import type { Clock } from '../../src/ports/runtime.js';

/** A clock that the test moves. */
export interface VirtualClock extends Clock {
  /** Moves the clock, timer by timer. The effects of each timer are complete before the next one fires. */
  pass(ms: number): Promise<void>;
  /** Moves the clock at once and fires the timers afterwards, as after SIGSTOP and SIGCONT. */
  jump(ms: number): Promise<void>;
}

export function virtualClock(): VirtualClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    const end = now + ms;
    for (;;) {
      await settle();
      const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.fire();
    }
    now = end;
  };
  return {
    now: () => now,
    wall: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = {
          // Like a timer of Node.js, a sleep takes at least one millisecond. Otherwise the time could stand still.
          at: now + Math.max(1, ms),
          fire: () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = (): void => {
          timers.delete(timer);
          resolve();
        };
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        signal?.addEventListener('abort', stop, { once: true });
        timers.add(timer);
      }),
    pass,
    async jump(ms) {
      await settle();
      now += ms;
      await pass(0);
    },
  };
}

/**
 * The outcome of one call. `refused`: it never reaches etcd. `lost`: it reaches etcd, its reply is lost. `late`: it reaches etcd
 * after the caller has given it up. `slow`: it is answered after half of the timeout.
 */
export type Fate = 'ok' | 'refused' | 'lost' | 'late' | 'slow';

/** A model of etcd as a registrar sees it. The test decides the outcome of each call. */
export interface Store {
  readonly etcd: RegistrarEtcd;
  readonly entries: () => readonly Entry[];
  readonly leases: () => readonly string[];
  put(key: string, value: string, lease?: string): void;
  remove(key: string): void;
  revoke(lease: string): void;
  wipe(): void;
  /** Every put of a transaction that replaced a key of another lease. */
  readonly replaced: Entry[];
}

const patience = 500;

export function createStore(clock: Clock, fateOf: () => Fate): Store {
  let revision = 1;
  let nextLease = 1;
  const keys = new Map<string, Entry>();
  const leases = new Map<string, { readonly ttl: number; until: number }>();
  const replaced: Entry[] = [];

  function expire(): void {
    for (const [lease, { until }] of leases) if (clock.now() >= until) revoke(lease);
  }

  function revoke(lease: string): void {
    leases.delete(lease);
    for (const entry of keys.values()) if (entry.lease === lease) keys.delete(entry.key);
    revision += 1;
  }

  function put(key: string, value: string, lease: string): void {
    revision += 1;
    const at = String(revision);
    keys.set(key, { key, value, lease, createRevision: keys.get(key)?.createRevision ?? at, modRevision: at });
  }

  const moment = () => ({ revision: String(revision), clusterId: '1', raftTerm: '1' });

  async function call<T>(apply: () => T, signal?: AbortSignal): Promise<T> {
    const arrive = (): T => {
      expire();
      return apply();
    };
    const fate = fateOf();
    const cut = noAnswer('call', 'the model', 'does not answer', fate !== 'refused');
    const answer = async (): Promise<T> => {
      if (fate === 'ok') return arrive();
      if (fate === 'lost') quietly(arrive);
      if (fate === 'late')
        void clock.sleep(3 * patience).then(() => {
          quietly(arrive);
        });
      await clock.sleep(fate === 'slow' ? patience / 2 : patience, signal);
      if (fate === 'slow' && signal?.aborted !== true) return arrive();
      throw cut;
    };
    // A reply takes some time, also in the best case.
    await Promise.resolve();
    if (signal?.aborted === true) throw cut;
    return answer();
  }

  return {
    entries() {
      expire();
      return [...keys.values()];
    },
    leases() {
      expire();
      return [...leases.keys()];
    },
    put: (key, value, lease = '0') => {
      put(key, value, lease);
    },
    remove: (key) => void keys.delete(key),
    revoke,
    wipe() {
      keys.clear();
      leases.clear();
      revision = 1;
    },
    replaced,
    etcd: {
      range: (query, signal) =>
        call(() => {
          const entry = 'key' in query ? keys.get(query.key) : undefined;
          return { ...moment(), entries: entry === undefined ? [] : [entry], more: false };
        }, signal),
      txn: ({ conditions, operations }, signal) =>
        call(() => {
          const succeeded = conditions.every((condition) => {
            const entry = keys.get(condition.key);
            if ('lease' in condition) return (entry?.lease ?? '0') === condition.lease;
            return (entry?.modRevision ?? '0') === condition.modRevision;
          });
          if (!succeeded) return { ...moment(), succeeded };
          for (const operation of operations) {
            if ('delete' in operation) keys.delete(operation.delete.key);
            else {
              const { key, value, lease = '0' } = operation.put;
              if (!leases.has(lease))
                throw new EtcdError('ETCD_REFUSED', 'put: requested lease not found', { leaseGone: true });
              const before = keys.get(key);
              if (before !== undefined && before.lease !== lease) replaced.push(before);
              put(key, value, lease);
            }
          }
          return { ...moment(), succeeded };
        }, signal),
      grant: (ttl, options) =>
        call(() => {
          const lease = String(nextLease++);
          const granted = Math.max(2000, ttl);
          leases.set(lease, { ttl: granted, until: clock.now() + granted });
          return { ...moment(), lease, ttl: granted };
        }, options?.signal),
      keepAlive: (lease, options) =>
        call(() => {
          const there = leases.get(lease);
          if (there !== undefined) there.until = clock.now() + there.ttl;
          return { ...moment(), ttl: there?.ttl ?? 0 };
        }, options?.signal),
      timeToLive: (lease, options) =>
        call(() => {
          const there = leases.get(lease);
          if (there === undefined) return undefined;
          const hanging = [...keys.values()].filter((entry) => entry.lease === lease).map(({ key }) => key);
          return { ...moment(), ttl: there.ttl, left: there.until - clock.now(), keys: hanging };
        }, options?.signal),
      revoke: (lease, options) =>
        call(() => {
          const there = leases.has(lease);
          revoke(lease);
          return there;
        }, options?.signal),
    },
  };
}

function quietly(apply: () => unknown): void {
  try {
    apply();
  } catch {
    // The reply (a refusal) can be lost like any other.
  }
}

import type { ObservedRecord } from './diff.js';
import type { RecordStore } from './observe.js';

/** The lease of a target's keys. */
export interface RecordLease {
  /** Renews the lease, or gets one. @param records the keys as they are, for a lease of an earlier process @returns `'0'` for none */
  renew(records: ReadonlyMap<string, ObservedRecord>, signal: AbortSignal): Promise<string>;
  /** As `renew`, without a look for a lease of an earlier process: for keys that are written back before all are read. */
  readonly renewOwn: (signal: AbortSignal) => Promise<string>;
  /** The lease of the last `renew`. */
  readonly current: () => string;
}

/**
 * One lease for all keys of a target. It is renewed whenever the target looks at its keys, once a minute at least. So nothing has to be stopped: a
 * target that is removed, or a process that dies, renews no more.
 *
 * @param ttl milliseconds; undefined: the keys have no lease
 */
export function createRecordLease(etcd: RecordStore, ttl: number | undefined): RecordLease {
  let held: string | undefined;

  async function isAlive(lease: string, signal: AbortSignal): Promise<boolean> {
    return (await etcd.keepAlive(lease, { signal })).ttl > 0;
  }

  /** The lease that an earlier process got: one that has keys of this target and no other key. To renew another one would keep its keys alive. */
  async function findEarlier(
    records: ReadonlyMap<string, ObservedRecord>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const leases = new Set([...records.values()].flatMap(({ ours, lease }) => (ours && lease !== '0' ? [lease] : [])));
    // More than a few are not of this target's making.
    for (const lease of [...leases].slice(0, 4)) {
      const state = await etcd.timeToLive(lease, { signal });
      if (state?.ttl === ttl && state?.keys.every((key) => records.get(key)?.ours === true)) return lease;
    }
    return undefined;
  }

  async function renewOwn(signal: AbortSignal): Promise<string> {
    if (ttl === undefined) return '0';
    if (held !== undefined && !(await isAlive(held, signal))) held = undefined;
    held ??= (await etcd.grant(ttl, { signal })).lease;
    return held;
  }

  return {
    renewOwn,
    current: () => held ?? '0',
    async renew(records, signal) {
      if (ttl !== undefined) held ??= await findEarlier(records, signal);
      return renewOwn(signal);
    },
  };
}

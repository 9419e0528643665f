import type { Etcd } from '../etcd/client.js';
import type { LeaseRecord, LeaseStore } from './lease-store.js';

export interface EtcdStoreOptions {
  readonly etcd: Pick<Etcd, 'range' | 'txn' | 'grant' | 'keepAlive' | 'revoke'>;
  /** `/rollcall/leader/` */
  readonly prefix: string;
  readonly identity: string;
  /** Milliseconds: the TTL of the lease of etcd. */
  readonly leaseDuration: number;
}

/** Characters of a value that are shown: the key may have been written by hand. */
const longestHolder = 200;

/**
 * The record is a key below a lease of etcd. A renewal keeps the lease alive and does not write the key; when the lease ends, etcd removes the key. So
 * the revision of the key is the epoch, and only etcd decides when a leader is gone.
 */
export function createEtcdStore({ etcd, prefix, identity, leaseDuration }: EtcdStoreOptions): LeaseStore {
  const key = `${prefix}holder`;
  /** The lease of etcd that the own key has. */
  let lease: string | undefined;

  async function read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { entries } = await etcd.range({ key }, signal);
    const [entry] = entries;
    return entry && recordOf(entry.modRevision, entry.value.slice(0, longestHolder));
  }

  const drop = async (unused: string, signal: AbortSignal): Promise<void> => {
    // Any failure is harmless: without keepalives the lease ends by itself.
    await etcd.revoke(unused, { timeout: leaseDuration, signal }).catch(() => undefined);
  };

  return {
    describe: `key ${key}`,
    read,
    async take(seen, signal) {
      const granted = await etcd.grant(leaseDuration, { timeout: leaseDuration, signal });
      const { succeeded, revision } = await etcd.txn(
        {
          conditions: [{ key, modRevision: seen?.version ?? '0' }],
          operations: [{ put: { key, value: identity, lease: granted.lease } }],
        },
        signal,
      );
      if (!succeeded) {
        await drop(granted.lease, signal);
        return undefined;
      }
      const before = lease;
      lease = granted.lease;
      if (before !== undefined) await drop(before, signal);
      return recordOf(revision, identity);
    },
    async renew(own, signal) {
      if (lease === undefined) return undefined;
      const { ttl } = await etcd.keepAlive(lease, { timeout: leaseDuration, signal });
      // The key may be gone while its lease is not: somebody has deleted or replaced it.
      const found = ttl === 0 ? undefined : await read(signal);
      return found?.version === own.version ? own : undefined;
    },
    async release(_own, signal) {
      if (lease !== undefined) await etcd.revoke(lease, { timeout: leaseDuration, signal });
      return true;
    },
  };
}

function recordOf(revision: string, holder: string): LeaseRecord {
  return { version: revision, epoch: revision, holder, duration: Infinity };
}

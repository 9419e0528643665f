import { setMaxListeners } from 'node:events';
import { orAbort, withDeadline } from '../model/deadline.js';
import { fieldsOf } from '../model/errors.js';
import type { Clock, Log, Random } from '../ports/runtime.js';
import type { Etcd } from '../etcd/client.js';
import { asError, isKeySpecific, isLeaseGone } from './failures.js';
import { isStaying, type Handle } from './handle.js';
import { createLease } from './lease.js';
import { writeKey } from './write-key.js';

/** The registrations that share one lease. The group begins with its first registration and ends with its last. */
export interface LeaseGroup {
  /** False once the last registration has left: the group then accepts no other. */
  readonly isOpen: boolean;
  add(handle: Handle): void;
  /** Queues the handle: its desired value or its key may have changed. */
  readonly enqueue: (handle: Handle) => void;
  /** Deletes the registration from etcd. `handle.ended` resolves when that is done. */
  leave(handle: Handle): void;
}

export type RegistrarEtcd = Pick<Etcd, 'range' | 'txn' | 'grant' | 'keepAlive' | 'timeToLive' | 'revoke'>;

export interface LeaseGroupParts {
  readonly etcd: RegistrarEtcd;
  /** Milliseconds. */
  readonly ttl: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Keys that are written at the same time. */
const concurrency = 16;
/** Milliseconds after which a key is read again although nothing reported a change: a safety net. */
const resync = 60_000;

/** `/services/web/a`, or `/services/web/a and 2 more`. */
function describeKeys(handles: readonly Handle[]): string {
  const [first] = handles;
  if (first === undefined) return 'the registrations';
  return handles.length === 1 ? first.key : `${first.key} and ${handles.length - 1} more`;
}

const notInEtcd = 'the key is not in etcd';
const expires = 'etcd does not answer: the key is removed when its lease expires';

/**
 * The loop of one lease. It is level-triggered: every event only queues a registration, and a pass over that registration writes
 * the value that is desired then. Passes wait until the lease is known to be alive. After a failure, they wait for its next keepalive.
 */
export function createLeaseGroup({ etcd, ttl, clock, random, log }: LeaseGroupParts): LeaseGroup {
  const handles = new Map<string, Handle>();
  const queue = new Set<Handle>();
  /** To be queued at the next keepalive. */
  const retryLater = new Set<Handle>();
  const running = new Set<Handle>();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let staying = 0;
  let scheduled = false;
  let reported: string | undefined;

  const lease = createLease(
    { etcd, ttl, clock, random },
    {
      granted() {
        report(undefined);
        for (const handle of handles.values()) enqueue(handle);
      },
      kept(keys) {
        report(undefined);
        for (const handle of handles.values())
          if (retryLater.has(handle) || needsPass(handle, keys)) enqueue(handle);
          else if (!queue.has(handle) && !running.has(handle)) handle.recordAnswer();
        // Handles that were queued while no lease was known to be alive still wait.
        schedule();
        // The server may list any number of keys. The next keepalive lists those that this round leaves.
        const orphans = [...(keys ?? [])].filter((key) => !handles.has(key));
        for (const key of orphans.slice(0, concurrency)) void removeOrphan(key);
      },
      lost(reason, detail, error) {
        for (const handle of handles.values()) handle.markLost(reason, detail, error);
      },
      failed(error) {
        report(error);
        for (const handle of handles.values()) handle.recordFailure(error);
      },
    },
  );

  /** True when the key may differ from the desired value. `keys`: the keys that etcd lists for the lease, if it lists any. */
  function needsPass(handle: Handle, keys: ReadonlySet<string> | undefined): boolean {
    if (handle.stage === 'leaving' || handle.isLost) return true;
    if (keys !== undefined && handle.isPresent !== keys.has(handle.key)) return true;
    return clock.now() - handle.readAt >= resync;
  }

  /** Logs an error once while it lasts. */
  function report(error: Error | undefined): void {
    if (error !== undefined && error.message !== reported)
      log.warn(
        { registrations: handles.size, ...fieldsOf(error) },
        `the lease of ${describeKeys([...handles.values()])} was not kept alive: rollcall tries again, and etcd removes the keys when the lease expires`,
      );
    reported = error?.message;
  }

  function enqueue(handle: Handle): void {
    if (handle.stage === 'gone') return;
    retryLater.delete(handle);
    queue.add(handle);
    schedule();
  }

  async function enqueueAfter(handle: Handle, ms: number): Promise<void> {
    await clock.sleep(ms, over.signal);
    if (!over.signal.aborted) enqueue(handle);
  }

  function schedule(): void {
    if (scheduled || queue.size === 0) return;
    scheduled = true;
    // Work starts after the caller's synchronous code: `close` can then revoke the lease instead of deleting single keys.
    queueMicrotask(() => {
      scheduled = false;
      work();
    });
  }

  function work(): void {
    for (const handle of queue) {
      if (running.size >= concurrency || lease.id === undefined || over.signal.aborted) return;
      if (running.has(handle)) continue;
      queue.delete(handle);
      running.add(handle);
      void pass(handle).finally(() => {
        running.delete(handle);
        work();
      });
    }
  }

  /** Never rejects. */
  async function pass(handle: Handle): Promise<void> {
    const { id } = lease;
    if (id === undefined) return;
    try {
      if (handle.stage === 'leaving') await remove(handle, id);
      else {
        const outcome = await writeKey(handle, { etcd, lease, clock, signal: over.signal });
        if (typeof outcome === 'object') void enqueueAfter(handle, outcome.again);
        else if (outcome !== 'done') retry(handle);
      }
    } catch (thrown) {
      if (over.signal.aborted) return;
      retry(handle);
      const error = asError(thrown);
      if (isLeaseGone(error)) lease.reportGone(id);
      else fail(handle, error);
    }
  }

  /** At the next keepalive. A registration may have ended while its call ran. */
  function retry(handle: Handle): void {
    if (handle.stage !== 'gone') retryLater.add(handle);
  }

  function fail(handle: Handle, error: Error): void {
    handle.recordFailure(error);
    if (!isKeySpecific(error)) lease.reportFailure(error);
  }

  /** Deletes one key. Other registrations use the lease, so it must not be revoked. */
  async function remove(handle: Handle, id: string): Promise<void> {
    await deleteKey(handle.key, id);
    finish(handle, notInEtcd);
  }

  async function deleteKey(key: string, id: string): Promise<void> {
    await etcd.txn({ conditions: [{ key, lease: id }], operations: [{ delete: { key } }] }, over.signal);
  }

  /**
   * Deletes a key that is on the lease but belongs to no registration: a put arrived after its deregistration, or a restarted
   * server restored the lease.
   */
  async function removeOrphan(key: string): Promise<void> {
    const { id } = lease;
    if (id === undefined) return;
    try {
      await deleteKey(key, id);
    } catch (error) {
      log.debug(fieldsOf(error), 'a key without a registration could not be deleted');
    }
  }

  function finish(handle: Handle, detail: string): void {
    handles.delete(handle.key);
    queue.delete(handle);
    retryLater.delete(handle);
    handle.markGone(detail);
  }

  async function end(): Promise<void> {
    over.abort();
    const detail = (await lease.end()) ? notInEtcd : expires;
    for (const handle of [...handles.values()]) finish(handle, detail);
  }

  /** Ends the wait for a deletion after the TTL. The other registrations keep the lease alive, so the key may stay until etcd answers. */
  async function limitWait(handle: Handle): Promise<void> {
    await withDeadline({ timeout: lease.ttl, clock }, (limit) => orAbort(handle.ended, limit)).catch(() => undefined);
    if (handle.stage !== 'gone') finish(handle, expires);
  }

  return {
    get isOpen() {
      return !over.signal.aborted;
    },
    add(handle) {
      staying += 1;
      handles.set(handle.key, handle);
      enqueue(handle);
    },
    enqueue,
    leave(handle) {
      if (!isStaying(handle)) return;
      handle.startLeaving();
      staying -= 1;
      if (staying === 0) void end();
      else if (!handle.mayBeInEtcd) finish(handle, notInEtcd);
      else {
        enqueue(handle);
        void limitWait(handle);
      }
    },
  };
}

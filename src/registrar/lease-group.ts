import { setMaxListeners } from 'node:events';
import { orAbort, withDeadline } from '../model/deadline.js';
import { fieldsOf } from '../model/errors.js';
import type { Clock, Log, Random } from '../ports.js';
import type { Etcd } from '../etcd/client.js';
import { asError, isAboutKey, isLeaseGone } from './failures.js';
import { isStaying, type Handle } from './handle.js';
import { createLease } from './lease.js';
import { writeKey } from './write-key.js';

/** One lease and everything that hangs on it. It begins with its first registration and ends with its last. */
export interface LeaseGroup {
  /** False once its last registration has left: it takes no other. */
  readonly isOpen: boolean;
  add(handle: Handle): void;
  /** What the handle wants changed, or what is there may have. */
  readonly mark: (handle: Handle) => void;
  /** Takes a registration out of etcd; `handle.ended` resolves when it is. */
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

/** Keys that are worked on at once. */
const concurrency = 16;
/** Milliseconds after which a key is looked at though nothing speaks for a change: a backstop. */
const resync = 60_000;

const gone = 'the key is out of etcd';
const lapses = 'etcd does not answer: the key goes when its lease lapses';

/**
 * The loop of one lease, level-triggered: whatever happens only marks a registration, and a pass over it makes etcd what is
 * wanted then. Passes wait for a lease that lives; after a failure, for its next sign of life.
 */
export function createLeaseGroup({ etcd, ttl, clock, random, log }: LeaseGroupParts): LeaseGroup {
  const handles = new Map<string, Handle>();
  const marked = new Set<Handle>();
  /** To be marked at the next sign of life. */
  const later = new Set<Handle>();
  const running = new Set<Handle>();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let staying = 0;
  let scheduled = false;
  let complaint: string | undefined;

  const lease = createLease(
    { etcd, ttl, clock, random },
    {
      granted() {
        complain(undefined);
        for (const handle of handles.values()) mark(handle);
      },
      kept(keys) {
        complain(undefined);
        for (const handle of handles.values()) if (later.has(handle) || isDoubtful(handle, keys)) mark(handle);
        // A server may tell of any number; those that are left are told of again at the next sign of life.
        const strays = [...(keys ?? [])].filter((key) => !handles.has(key));
        for (const key of strays.slice(0, concurrency)) void sweep(key);
      },
      lost(reason, detail, error) {
        for (const handle of handles.values()) handle.lose(reason, detail, error);
      },
      failed(error) {
        complain(error);
        for (const handle of handles.values()) handle.fail(error);
      },
    },
  );

  function isDoubtful(handle: Handle, keys: ReadonlySet<string> | undefined): boolean {
    if (handle.stage === 'leaving' || handle.isLost) return true;
    if (keys !== undefined && handle.isPresent !== keys.has(handle.key)) return true;
    return clock.now() - handle.lookedAt >= resync;
  }

  /** Says it once while it lasts. */
  function complain(error: Error | undefined): void {
    if (error !== undefined && error.message !== complaint)
      log.warn(
        { registrations: handles.size, ...fieldsOf(error) },
        'the lease of registrations cannot be looked after',
      );
    complaint = error?.message;
  }

  function mark(handle: Handle): void {
    if (handle.stage === 'gone') return;
    later.delete(handle);
    marked.add(handle);
    if (scheduled) return;
    scheduled = true;
    // Behind everything that the caller does in one go: so closing does not begin with single deletions.
    queueMicrotask(() => {
      scheduled = false;
      work();
    });
  }

  function work(): void {
    for (const handle of marked) {
      if (running.size >= concurrency || lease.id === undefined || over.signal.aborted) return;
      if (running.has(handle)) continue;
      marked.delete(handle);
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
      else if ((await writeKey(handle, { etcd, lease, clock, signal: over.signal })) !== 'done') later.add(handle);
    } catch (thrown) {
      if (over.signal.aborted) return;
      later.add(handle);
      const error = asError(thrown);
      if (isLeaseGone(error)) lease.gone(id);
      else fail(handle, error);
    }
  }

  function fail(handle: Handle, error: Error): void {
    handle.fail(error);
    if (!isAboutKey(error)) lease.troubled(error);
  }

  /** The others keep the lease alive, so the key must be deleted. */
  async function remove(handle: Handle, id: string): Promise<void> {
    await release(handle.key, id);
    finish(handle, gone);
  }

  async function release(key: string, id: string): Promise<void> {
    await etcd.txn({ conditions: [{ key, lease: id }], operations: [{ delete: { key } }] }, over.signal);
  }

  /** A put that arrived behind its own deregistration, or a lease that came back with its server. */
  async function sweep(key: string): Promise<void> {
    const { id } = lease;
    if (id === undefined) return;
    try {
      await release(key, id);
    } catch (error) {
      log.debug(fieldsOf(error), 'a key that nobody registers any more hangs on the lease');
    }
  }

  function finish(handle: Handle, detail: string): void {
    handles.delete(handle.key);
    marked.delete(handle);
    later.delete(handle);
    handle.finish(detail);
  }

  async function end(): Promise<void> {
    over.abort();
    const detail = (await lease.end()) ? gone : lapses;
    for (const handle of [...handles.values()]) finish(handle, detail);
  }

  /** Others stay: nobody waits longer for etcd than the key could live without it. */
  async function limit(handle: Handle): Promise<void> {
    await withDeadline({ timeout: lease.ttl, clock }, (limit) => orAbort(handle.ended, limit)).catch(() => undefined);
    if (handle.stage !== 'gone') finish(handle, lapses);
  }

  return {
    get isOpen() {
      return !over.signal.aborted;
    },
    add(handle) {
      staying += 1;
      handles.set(handle.key, handle);
      mark(handle);
    },
    mark,
    leave(handle) {
      if (!isStaying(handle)) return;
      handle.leave();
      staying -= 1;
      if (staying === 0) void end();
      else if (!handle.tried) finish(handle, gone);
      else {
        mark(handle);
        void limit(handle);
      }
    },
  };
}

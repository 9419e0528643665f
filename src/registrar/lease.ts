import { backoffDelay } from '../model/backoff.js';
import type { Clock, Random } from '../ports/runtime.js';
import type { Etcd } from '../etcd/client.js';
import type { LeaseCallOptions } from '../etcd/leases.js';
import { createTimer } from './timer.js';
import { asError, isDenied } from './failures.js';
import { revoke } from './revoke.js';
import { keepAliveDueAt, keepAliveOverdueAt, timeoutFor, type LeaseTerm } from './lease-term.js';

/** Callbacks of a lease. None of them may throw. */
export interface LeaseEvents {
  /** A new lease exists. It has no keys yet. Called for the first lease and for each later one. */
  granted(): void;
  /** The lease is alive and these keys are attached to it. Undefined: etcd lists no keys, because this user may not read one of them. */
  kept(keys: ReadonlySet<string> | undefined): void;
  /** `keepalive-overdue`: the lease may have expired. `lease-gone`: it no longer exists. */
  lost(reason: 'keepalive-overdue' | 'lease-gone', detail: string, error?: Error): void;
  /** A round failed; another one follows. */
  failed(error: Error): void;
}

/** A lease that is kept alive. When it is lost, another one replaces it. */
export interface Lease {
  /** Undefined while no lease is known to be alive: nothing can be put. */
  readonly id: string | undefined;
  /** Milliseconds: the granted TTL, or the requested one before the first grant. */
  readonly ttl: number;
  /** True for the current lease and for its predecessors. */
  isOwn(lease: string): boolean;
  /** Another call got the answer that this lease does not exist. */
  reportGone(lease: string): void;
  /** Another call failed: the next keepalive is sent sooner, and nothing is put before it succeeds. */
  reportFailure(error: Error): void;
  /**
   * Stops the keepalives and revokes the lease. False when etcd did not answer until the lease must have expired. Never rejects.
   */
  end(): Promise<boolean>;
}

export interface LeaseParts {
  readonly etcd: Pick<Etcd, 'grant' | 'keepAlive' | 'timeToLive' | 'revoke'>;
  /** Milliseconds. */
  readonly ttl: number;
  readonly clock: Clock;
  readonly random: Random;
}

const backoff = { base: 100, cap: 5000 };
/** Lease ids that `isOwn` recognizes. Each outage adds one, and a restored store may still hold keys of a few. */
const rememberedIds = 32;

/** Requests a lease at once, and keeps it alive until `end`. */
export function createLease({ etcd, ttl: requestedTtl, clock, random }: LeaseParts, events: LeaseEvents): Lease {
  const over = new AbortController();
  const timer = createTimer(clock);
  const ids: string[] = [];
  let overdueWatch = new AbortController();
  let term: LeaseTerm | undefined;
  let usable = false;
  let overdue = false;
  /** Consecutive rounds with a failure. `failedSinceRound`: another call has failed since the last round. */
  let failures = 0;
  let failedSinceRound = false;
  let lastError: Error | undefined;
  const isOver = (): boolean => over.signal.aborted;

  function renew(next: LeaseTerm): void {
    term = next;
    overdue = false;
    overdueWatch.abort();
    overdueWatch = new AbortController();
    void watchOverdue(next, overdueWatch.signal);
  }

  /** Reports an overdue lease on time, even while a call to etcd is pending. */
  async function watchOverdue(of: LeaseTerm, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !checkOverdue(of)) await clock.sleep(keepAliveOverdueAt(of) - clock.now(), signal);
  }

  function checkOverdue(of: LeaseTerm): boolean {
    if (clock.now() < keepAliveOverdueAt(of)) return false;
    if (term !== of || overdue) return true;
    overdue = true;
    usable = false;
    const detail = `etcd acknowledged no keepalive in time for a lease of ${of.ttl} ms`;
    events.lost('keepalive-overdue', detail, lastError);
    return true;
  }

  function lose(lease: string, detail = `etcd no longer has lease ${lease}`, error?: Error): void {
    if (term?.lease !== lease) return;
    // A lease that is lost before its first keepalive counts as a failure: the next request then waits.
    if (clock.now() < keepAliveDueAt(term)) failures += 1;
    term = undefined;
    usable = false;
    overdueWatch.abort();
    events.lost('lease-gone', detail, error);
    timer.wake();
  }

  async function keep(of: LeaseTerm): Promise<void> {
    const options: LeaseCallOptions = { timeout: timeoutFor(of.ttl), signal: over.signal };
    const sentAt = clock.now();
    const ttl = await renewed(of, options);
    if (term !== of || isOver()) return;
    if (ttl === 0) {
      lose(of.lease);
      return;
    }
    const next = { lease: of.lease, ttl, sentAt };
    renew(next);
    const keys = await keysOf(next, options);
    if (term !== next || isOver()) return;
    if (keys === 'gone') {
      lose(of.lease);
      return;
    }
    succeed();
    events.kept(keys);
  }

  /** The TTL in milliseconds. 0: the lease is gone, or this user may not keep it alive. */
  async function renewed({ lease }: LeaseTerm, options: LeaseCallOptions): Promise<number> {
    try {
      return (await etcd.keepAlive(lease, options)).ttl;
    } catch (thrown) {
      // etcd 3.7 (not 3.4) refuses the keepalive of a lease when the user may not write one of its keys.
      if (!isDenied(thrown)) throw thrown;
      lose(lease, `etcd does not permit this user to keep lease ${lease} alive`, asError(thrown));
      return 0;
    }
  }

  async function keysOf(
    { lease }: LeaseTerm,
    options: LeaseCallOptions,
  ): Promise<ReadonlySet<string> | undefined | 'gone'> {
    try {
      const state = await etcd.timeToLive(lease, options);
      return state === undefined ? 'gone' : new Set(state.keys);
    } catch (thrown) {
      // The pass over the denied key reports this error itself.
      if (isDenied(thrown)) return undefined;
      throw thrown;
    }
  }

  async function grant(): Promise<void> {
    const sentAt = clock.now();
    const { lease, ttl } = await etcd.grant(requestedTtl, { timeout: timeoutFor(requestedTtl), signal: over.signal });
    ids.push(lease);
    ids.splice(0, ids.length - rememberedIds);
    renew({ lease, ttl, sentAt });
    if (isOver()) return;
    succeed();
    events.granted();
  }

  function succeed(): void {
    if (!failedSinceRound) failures = 0;
    failedSinceRound = false;
    usable = true;
    lastError = undefined;
  }

  async function round(): Promise<void> {
    try {
      if (term !== undefined) {
        checkOverdue(term);
        await keep(term);
      }
      if (term === undefined && !isOver()) await grant();
    } catch (thrown) {
      if (isOver()) return;
      usable = false;
      failures += 1;
      lastError = asError(thrown);
      events.failed(lastError);
    }
  }

  /** Milliseconds until the next round. */
  function pause(): number {
    const cap = term === undefined || overdue ? backoff.cap : Math.min(backoff.cap, term.ttl / 3);
    if (failures > 0) return backoffDelay(failures, { ...backoff, cap }, random());
    return term === undefined ? 0 : keepAliveDueAt(term) - clock.now();
  }

  async function run(): Promise<void> {
    while (!isOver()) {
      await round();
      let until = clock.now() + pause();
      while (!isOver() && clock.now() < until) {
        // A wake-up can bring the next round forward, but never closer than the backoff.
        if (await timer.sleep(until - clock.now())) until = Math.min(until, clock.now() + pause());
      }
    }
  }

  const running = run();

  return {
    get id() {
      return usable ? term?.lease : undefined;
    },
    get ttl() {
      return term?.ttl ?? requestedTtl;
    },
    isOwn: (lease) => ids.includes(lease),
    reportGone: lose,
    reportFailure(error) {
      lastError = error;
      usable = false;
      if (!failedSinceRound) failures += 1;
      failedSinceRound = true;
      timer.wake();
    },
    async end() {
      over.abort();
      overdueWatch.abort();
      timer.wake();
      await running;
      overdueWatch.abort();
      return term === undefined || revoke(term, { etcd, clock, random });
    },
  };
}

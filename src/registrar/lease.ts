import { backoffDelay } from '../model/backoff.js';
import type { Clock, Random } from '../ports.js';
import type { Etcd } from '../etcd/client.js';
import type { LeaseCallOptions } from '../etcd/leases.js';
import { createTimer } from './timer.js';
import { asError, isDenied } from './failures.js';
import { revoke } from './revoke.js';
import { dueAt, overdueAt, patienceFor, type Term } from './term.js';

/** What a lease says on its way. None of them throws. */
export interface LeaseEvents {
  /** Nothing hangs on it yet. Also after another one is gone. */
  granted(): void;
  /** It lives, and these keys hang on it; undefined: one of them is not for us to see, and so etcd tells of none. */
  kept(keys: ReadonlySet<string> | undefined): void;
  /** `keepalive-overdue`: nobody knows whether it lives. `lease-gone`: it does not. */
  lost(reason: 'keepalive-overdue' | 'lease-gone', detail: string, error?: Error): void;
  /** A round came to nothing; another follows. */
  failed(error: Error): void;
}

/** One lease, kept alive; when it is lost, the next. */
export interface Lease {
  /** Undefined while it is not certain that there is one that lives: nothing can be put. */
  readonly id: string | undefined;
  /** Milliseconds, as granted; as asked for, until then. */
  readonly ttl: number;
  /** One of ours, this one or an earlier. */
  isOwn(lease: string): boolean;
  /** Somebody was told that there is no such lease. */
  gone(lease: string): void;
  /** Another call went wrong: the lease is looked after sooner, and nothing is put until then. */
  troubled(error: Error): void;
  /**
   * No more signs of life; revokes it. False when etcd did not answer until it must have lapsed. Never rejects.
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
/** Of earlier leases: an outage makes one, and a store that is put back may know a few. */
const remembered = 32;

/** Asks for a lease at once, and keeps it until `end`. */
export function createLease({ etcd, ttl: wanted, clock, random }: LeaseParts, events: LeaseEvents): Lease {
  const over = new AbortController();
  const alarm = createTimer(clock);
  const ids: string[] = [];
  let guard = new AbortController();
  let term: Term | undefined;
  let usable = false;
  let overdue = false;
  /** Rounds in a row of which something went wrong; `hurt`: something did since the last round. */
  let failures = 0;
  let hurt = false;
  let lastError: Error | undefined;
  const isOver = (): boolean => over.signal.aborted;

  function renew(next: Term): void {
    term = next;
    overdue = false;
    guard.abort();
    guard = new AbortController();
    void guardOver(next, guard.signal);
  }

  /** Says so when the lease is overdue, whatever call hangs meanwhile. */
  async function guardOver(of: Term, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !checkOverdue(of)) await clock.sleep(overdueAt(of) - clock.now(), signal);
  }

  function checkOverdue(of: Term): boolean {
    if (clock.now() < overdueAt(of)) return false;
    if (term !== of || overdue) return true;
    overdue = true;
    usable = false;
    const detail = `etcd acknowledged no sign of life in time for a lease of ${of.ttl} ms`;
    events.lost('keepalive-overdue', detail, lastError);
    return true;
  }

  function lose(lease: string, detail = `etcd has no lease ${lease} any more`, error?: Error): void {
    if (term?.lease !== lease) return;
    // One that is lost again and again before its first sign of life must not be asked for without a pause.
    if (clock.now() < dueAt(term)) failures += 1;
    term = undefined;
    usable = false;
    guard.abort();
    events.lost('lease-gone', detail, error);
    alarm.ring();
  }

  async function keep(of: Term): Promise<void> {
    const options: LeaseCallOptions = { timeout: patienceFor(of.ttl), signal: over.signal };
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

  /** Milliseconds; 0: it is gone, also for who may not keep it alive. */
  async function renewed({ lease }: Term, options: LeaseCallOptions): Promise<number> {
    try {
      return (await etcd.keepAlive(lease, options)).ttl;
    } catch (thrown) {
      // One key that this user may not write any more, and a current etcd (3.7, not 3.4) lets the lease of all of them lapse.
      if (!isDenied(thrown)) throw thrown;
      lose(lease, `etcd does not let us keep lease ${lease} alive`, asError(thrown));
      return 0;
    }
  }

  async function keysOf({ lease }: Term, options: LeaseCallOptions): Promise<ReadonlySet<string> | undefined | 'gone'> {
    try {
      const state = await etcd.timeToLive(lease, options);
      return state === undefined ? 'gone' : new Set(state.keys);
    } catch (thrown) {
      // Whose key it is finds that out by itself.
      if (isDenied(thrown)) return undefined;
      throw thrown;
    }
  }

  async function grant(): Promise<void> {
    const sentAt = clock.now();
    const { lease, ttl } = await etcd.grant(wanted, { timeout: patienceFor(wanted), signal: over.signal });
    ids.push(lease);
    ids.splice(0, ids.length - remembered);
    renew({ lease, ttl, sentAt });
    if (isOver()) return;
    succeed();
    events.granted();
  }

  function succeed(): void {
    if (!hurt) failures = 0;
    hurt = false;
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
    return term === undefined ? 0 : dueAt(term) - clock.now();
  }

  async function run(): Promise<void> {
    while (!isOver()) {
      await round();
      let until = clock.now() + pause();
      while (!isOver() && clock.now() < until) {
        // What rings it can only bring the next round forward, never nearer than its backoff.
        if (await alarm.sleep(until - clock.now())) until = Math.min(until, clock.now() + pause());
      }
    }
  }

  const running = run();

  return {
    get id() {
      return usable ? term?.lease : undefined;
    },
    get ttl() {
      return term?.ttl ?? wanted;
    },
    isOwn: (lease) => ids.includes(lease),
    gone: lose,
    troubled(error) {
      lastError = error;
      usable = false;
      if (!hurt) failures += 1;
      hurt = true;
      alarm.ring();
    },
    async end() {
      over.abort();
      guard.abort();
      alarm.ring();
      await running;
      guard.abort();
      return term === undefined || revoke(term, { etcd, clock, random });
    },
  };
}

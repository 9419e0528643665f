import { describeProblem } from '../model/describe-problem.js';
import { withDeadline } from '../model/deadline.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import { createOutage } from '../model/outage.js';
import { showTime } from '../model/show-time.js';
import type { ElectionReason, ElectionStatus, Problem } from '../model/status.js';
import type { Leader, Leadership } from '../ports/leader.js';
import type { Clock, Log, Random } from '../ports/runtime.js';
import { isOwnRenewal, look, termOf, waitBeforeTaking, type Sighting, type Term } from './decide.js';
import type { LeaseRecord, LeaseStore } from './lease-store.js';
import { pauseOf, timeoutOf, type ElectionTiming } from './timing.js';

/** An election in which this process takes part. */
export interface Election extends Leader {
  status(): ElectionStatus;
  /**
   * Takes part until `signal` aborts. Then this process is no longer leader, and the lease is released: end what the leader may do before.
   * Never rejects.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** What has changed about the right to write. */
export interface ElectionChange {
  readonly state: ElectionStatus['state'];
  readonly reason: ElectionReason;
  readonly detail: string;
  readonly epoch: string;
}

export interface ElectionParts {
  readonly store: LeaseStore;
  /** Another text for each process. */
  readonly identity: string;
  readonly timing: ElectionTiming;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called after each gain and each loss. It must not throw. */
  readonly onChange: (change: ElectionChange) => void;
}

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const over = new Error('this process is no longer the leader');

interface Led {
  term: Term;
  readonly leadership: Leadership;
  end(): void;
}

/** Nothing is asked before `run`. */
export function createElection(parts: ElectionParts): Election {
  const { store, identity, timing, clock, random, log, onChange } = parts;
  const outage = createOutage();
  let sighting: Sighting | undefined;
  let led: Led | undefined;
  let problem: Problem | undefined;
  let transitions = 0;
  let reported: string | undefined;
  let state: Pick<ElectionStatus, 'state' | 'reason' | 'detail'> & { readonly since: number } = {
    ...{ state: 'standby', reason: 'started', detail: 'this process has not been the leader yet' },
    since: clock.wall(),
  };

  function change(to: ElectionStatus['state'], reason: ElectionReason, detail: string, epoch: string): void {
    state = { state: to, reason, detail, since: clock.wall() };
    transitions += 1;
    const fields = { lease: store.describe, holder: identity, epoch, reason };
    if (to === 'leader') log.info(fields, 'this process is the leader: it writes cluster-wide targets');
    else log[reason === 'released' ? 'info' : 'warn'](fields, `this process is no longer the leader: ${detail}`);
    onChange({ state: to, reason, detail, epoch });
  }

  function gain(term: Term): void {
    const ends = new AbortController();
    const { epoch } = term.record;
    led = {
      term,
      leadership: { epoch, holder: identity, signal: ends.signal },
      end: () => {
        ends.abort(over);
      },
    };
    void watchDeadline(led);
    change('leader', 'elected', `this process has the lease in epoch ${epoch}`, epoch);
  }

  function lose(reason: ElectionReason, detail: string): void {
    const lost = led;
    if (!lost) return;
    led = undefined;
    lost.end();
    change('standby', reason, detail, lost.term.record.epoch);
  }

  /** Undefined as soon as the last acknowledged renewal is too old, even if no timer has fired yet. */
  function current(): Led | undefined {
    if (led && clock.now() >= led.term.until)
      lose('renewal-overdue', `no renewal was acknowledged within ${timing.renewDeadline} ms`);
    return led;
  }

  async function watchDeadline(of: Led): Promise<void> {
    const { signal } = of.leadership;
    while (!signal.aborted && current() === of) await clock.sleep(of.term.until - clock.now(), signal);
  }

  async function renew(of: Led, signal: AbortSignal): Promise<void> {
    const sentAt = clock.now();
    const own = of.term.record;
    const renewed = (await store.renew(own, signal)) ?? (await renewAgain(own, signal));
    if (current() !== of) return;
    if (!renewed) return;
    of.term = termOf(renewed, sentAt, timing.renewDeadline);
    sighting = { record: renewed, at: clock.now() };
  }

  /** The record has another version. It may be that of an earlier renewal whose answer was lost; otherwise the lease is. */
  async function renewAgain(own: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const found = await store.read(signal);
    sighting = look(sighting, found, clock.now());
    if (found && isOwnRenewal(found, own)) return store.renew(found, signal);
    if (!found) lose('lease-gone', `${store.describe} was removed`);
    else lose('lease-taken', `${found.holder === '' ? 'another process' : found.holder} has written ${store.describe}`);
    return undefined;
  }

  async function tryToTake(signal: AbortSignal): Promise<void> {
    sighting = look(sighting, await store.read(signal), clock.now());
    if (waitBeforeTaking(sighting, identity, clock.now()) > 0) return;
    const sentAt = clock.now();
    const taken = await store.take(sighting.record, signal);
    if (!taken) return;
    sighting = { record: taken, at: clock.now() };
    const term = termOf(taken, sentAt, timing.renewDeadline);
    // An answer that came too late is as good as none: the next attempt finds the own record, and takes it again.
    if (clock.now() < term.until && !signal.aborted) gain(term);
  }

  function reportStandby(): void {
    const holder = sighting?.record?.holder ?? '';
    if (led ?? (holder === reported || holder === '' || holder === identity)) return;
    reported = holder;
    log.info({ lease: store.describe, holder, epoch: sighting?.record?.epoch }, 'another process is the leader');
  }

  async function attempt(signal: AbortSignal): Promise<void> {
    const leading = current();
    const left = leading ? leading.term.until - clock.now() : Infinity;
    try {
      await withDeadline({ timeout: Math.min(timeoutOf(timing), left), clock, signals: [signal] }, (limited) =>
        leading ? renew(leading, limited) : tryToTake(limited),
      );
      problem = undefined;
      const ended = outage.end(clock.now());
      if (ended) log.info({ lease: store.describe, ...ended }, 'the lease can be read and written again');
      reportStandby();
    } catch (error) {
      if (signal.aborted) return;
      problem = describeProblem(error instanceof Error ? error : new Error(messageOf(error)));
      const mention = outage.fail(messageOf(error), clock.now());
      const fields = { lease: store.describe, ...fieldsOf(error), ...mention };
      log[mention ? 'warn' : 'debug'](fields, 'the lease could not be read or written: the next attempt follows');
    }
  }

  async function release(): Promise<void> {
    const own = led?.term.record;
    lose('released', 'this process has stopped to take part in the election');
    const mine = own ?? (sighting?.record?.holder === identity ? sighting.record : undefined);
    if (!mine) return;
    try {
      await withDeadline({ timeout: timeoutOf(timing), clock }, async (limited) => {
        if (await store.release(mine, limited)) return;
        // The answer to the last renewal was not waited for.
        const found = await store.read(limited);
        if (found && isOwnRenewal(found, mine)) await store.release(found, limited);
      });
    } catch (error) {
      // Harmless: a lease that is not renewed ends by itself.
      const fields = { lease: store.describe, ...fieldsOf(error) };
      log.warn(fields, 'the lease was not released: another process leads when it has ended');
    }
  }

  return {
    current: () => current()?.leadership,
    status() {
      const leading = current() !== undefined;
      const record = sighting?.record;
      const leader = leading ? identity : record?.holder === identity ? '' : (record?.holder ?? '');
      return {
        ...{ state: state.state, since: showTime(state.since), reason: state.reason, detail: state.detail },
        ...{ lease: store.describe, identity },
        ...{
          leader: leader === '' ? null : leader,
          epoch: leader === '' ? null : (record?.epoch ?? null),
          transitions,
        },
        ...(problem && { problem }),
      };
    },
    async run(signal) {
      while (!signal.aborted) {
        await attempt(signal);
        if (!isAborted(signal)) await clock.sleep(pauseOf(timing, led !== undefined, random()), signal);
      }
      await release();
    },
  };
}

/** A function, because TypeScript assumes that the first look at `signal.aborted` still holds after an `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

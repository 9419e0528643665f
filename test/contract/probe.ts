import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../src/probe/probe.js';
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';

/** Makes the probe of each test. */
export interface ProbeWorld {
  /** The probed side gives the expected answer. */
  readonly passing: (clock: Clock) => Promise<Probe>;
  /** It gives another answer; undefined when every answer is the expected one. */
  readonly failing?: (clock: Clock) => Promise<Probe>;
  /** There is no probed side. */
  readonly absent: (clock: Clock) => Promise<Probe>;
  /** It accepts the attempt and does not answer; undefined when accepting is the answer. */
  readonly silent?: (clock: Clock) => Promise<{
    readonly probe: Probe;
    /** Whether an attempt has reached it. */
    readonly begun: () => boolean;
    /** Whether all processes and connections of the attempts have ended. */
    readonly isOver: () => boolean;
  }>;
}

/** The contract of `Probe`: the suite that every probe passes. */
export function describeProbe(name: string, world: ProbeWorld): void {
  const { failing, silent } = world;
  const never = new AbortController().signal;
  const TIMEOUT = 20_000;

  describe(`a probe by ${name}`, () => {
    it('passes at every attempt when the answer is the expected one', async () => {
      const probe = await world.passing(realClock);
      const results = await Promise.all([1, 2, 3].map(() => probe.attempt(TIMEOUT, never)));
      for (const result of results) {
        expect(result.kind).toBe('passed');
        expect(result.finding).toMatch(/^[a-z].*$/);
      }
      expect(await probe.attempt(TIMEOUT, never)).toEqual(results[0]);
    });

    if (failing !== undefined)
      it('fails when the answer is another one', async () => {
        const probe = await failing(realClock);
        expect(await probe.attempt(TIMEOUT, never)).toMatchObject({
          kind: 'failed',
          finding: expect.stringMatching(/^[a-z].*$/) as string,
        });
      });

    it('has no answer when the probed side does not exist, and gives the reason in one clause', async () => {
      expect(await (await world.absent(realClock)).attempt(TIMEOUT, never)).toEqual({
        kind: 'unanswered',
        finding: expect.stringMatching(/^(failed: |did not start: ).+$/) as string,
        output: '',
      });
    });

    it('times out, and says the time', async () => {
      // The time is over before any answer can arrive.
      const atOnce: Clock = {
        ...realClock,
        sleep: (ms, signal) => (ms === 1234 ? Promise.resolve() : realClock.sleep(ms, signal)),
      };
      expect(await (await world.passing(atOnce)).attempt(1234, never)).toMatchObject({
        kind: 'timed-out',
        finding: expect.stringMatching(/ (within|for) 1234 ms/) as string,
      });
    });

    it('rejects with the reason of a signal that has aborted before', async () => {
      const reason = new Error('stopped before');
      const probe = await world.passing(realClock);
      await expect(probe.attempt(TIMEOUT, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('leaves no listener on the signal of its caller', async () => {
      const { signal } = new AbortController();
      for (const make of [world.passing, world.absent]) await (await make(realClock)).attempt(TIMEOUT, signal);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    if (silent !== undefined)
      it('ends its process or connection when its time is over', async () => {
        const sleep: Clock['sleep'] = async (ms, signal) => {
          if (ms === TIMEOUT) await until(() => asked.begun(), { what: 'the attempt' });
          else await realClock.sleep(ms, signal);
        };
        const asked = await silent({ ...realClock, sleep });
        expect(await asked.probe.attempt(TIMEOUT, never)).toMatchObject({ kind: 'timed-out' });
        await until(() => asked.isOver(), { what: 'the end of what it began' });
      });

    if (silent !== undefined)
      it('ends its process or connection when its signal aborts, and rejects with the reason', async () => {
        const stop = new AbortController();
        const asked = await silent(realClock);
        const asking = asked.probe.attempt(TIMEOUT, stop.signal).catch((error: unknown) => error);
        await until(() => asked.begun(), { what: 'the attempt' });
        const reason = new Error('stopped');
        stop.abort(reason);
        expect(await asking).toBe(reason);
        expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
        await until(() => asked.isOver(), { what: 'the end of what it began' });
      });
  });
}

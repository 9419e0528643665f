import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../src/probe/probe.js';
import type { Clock } from '../../src/ports.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';

/** What a probe asks in one test. */
export interface ProbeWorld {
  /** What is asked gives the wanted answer. */
  readonly passing: (clock: Clock) => Promise<Probe>;
  /** It gives another answer; undefined where every answer is the wanted one. */
  readonly failing?: (clock: Clock) => Promise<Probe>;
  /** There is nothing to ask. */
  readonly absent: (clock: Clock) => Promise<Probe>;
  /** It takes what is asked and does not answer; undefined where to take it is to answer. */
  readonly silent?: (clock: Clock) => Promise<{
    readonly probe: Probe;
    /** Whether it has begun to take an attempt. */
    readonly begun: () => boolean;
    /** Whether all that attempts began (processes, connections) is over. */
    readonly isOver: () => boolean;
  }>;
}

/** The contract of `Probe`: what every probe does, whatever it asks. */
export function describeProbe(name: string, world: ProbeWorld): void {
  const { failing, silent } = world;
  const never = new AbortController().signal;
  const TIMEOUT = 20_000;

  describe(`a probe by ${name}`, () => {
    it('passes when the answer is the wanted one, as often as it asks', async () => {
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

    it('has no answer when there is nothing to ask, and says why in one clause', async () => {
      expect(await (await world.absent(realClock)).attempt(TIMEOUT, never)).toEqual({
        kind: 'unanswered',
        finding: expect.stringMatching(/^(failed: |did not start: ).+$/) as string,
        output: '',
      });
    });

    it('times out, and says after how long', async () => {
      // The time is over before anything can answer.
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
      it('ends what it began when its time is over', async () => {
        const sleep: Clock['sleep'] = async (ms, signal) => {
          if (ms === TIMEOUT) await until(() => asked.begun(), { what: 'the attempt' });
          else await realClock.sleep(ms, signal);
        };
        const asked = await silent({ ...realClock, sleep });
        expect(await asked.probe.attempt(TIMEOUT, never)).toMatchObject({ kind: 'timed-out' });
        await until(() => asked.isOver(), { what: 'the end of what it began' });
      });

    if (silent !== undefined)
      it('ends what it began when its signal aborts, and rejects with the reason', async () => {
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

import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadlineError, orAbort, withDeadline } from '../../src/model/deadline.js';
import { realClock } from '../support/clock.js';

const clock = realClock;
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Work that takes so long, and ends at once when its signal aborts. */
async function work(ms: number, signal: AbortSignal): Promise<'worked'> {
  await clock.sleep(ms, signal);
  if (signal.aborted) throw new Error('cut short');
  return 'worked';
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a deadline', () => {
  it('is met, passed or cut short by the caller, whichever comes first, and leaves nothing behind', async () => {
    const ms = fc.integer({ min: 1, max: 60 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(ms, { minLength: 4, maxLength: 4 }), async ([takes, timeout, first, second]) => {
        const stops = [new AbortController(), new AbortController()];
        const ends = [takes, timeout, first, second].map((end) => end ?? NaN);
        const reasons = stops.map((_, index) => new Error(`stopped by ${index}`));
        stops.forEach((stop, index) =>
          setTimeout(
            () => {
              stop.abort(reasons[index]);
            },
            ends[index + 2],
          ),
        );
        const limits = { timeout: ends[1] ?? NaN, clock, signals: [stops[0]?.signal, undefined, stops[1]?.signal] };
        const running = withDeadline(limits, (signal) => work(ends[0] ?? NaN, signal)).catch((error: unknown) => error);
        await vi.advanceTimersByTimeAsync(Math.min(...ends));
        const found = await running;
        const winner = ends.indexOf(Math.min(...ends));
        if (winner === 0) expect(found).toBe('worked');
        else if (winner === 1) expect(found).toEqual(new DeadlineError(ends[1] ?? NaN));
        else expect(found).toBe(reasons[winner - 2]);
        expect(stops.map(({ signal }) => listeners(signal))).toEqual([0, 0]);
        vi.clearAllTimers();
      }),
    );
  });

  it('leaves no timer behind, however the work ends', async () => {
    await withDeadline({ timeout: 1000, clock }, () => Promise.resolve());
    await expect(withDeadline({ timeout: 1000, clock }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says what the caller makes of it, as it is when the time is over', async () => {
    let last = 'nothing';
    const running = withDeadline({ timeout: 10, clock, late: () => new Error(`late: ${last}`) }, async (signal) => {
      last = 'something';
      await work(1000, signal);
    }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    expect(await running).toEqual(new Error('late: something'));
  });

  it('hands the work a signal with the same reason', async () => {
    const reasons: unknown[] = [];
    const running = withDeadline({ timeout: 10, clock }, async (signal) => {
      await clock.sleep(1000, signal);
      reasons.push(signal.reason);
    });
    await vi.advanceTimersByTimeAsync(10);
    await running;
    expect(reasons).toEqual([new DeadlineError(10)]);
  });

  it('takes what the work resolves to, also when that was told to end', async () => {
    const running = withDeadline({ timeout: 10, clock }, async (signal) => {
      await clock.sleep(1000, signal);
      return signal.aborted;
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(await running).toBe(true);
  });

  it('calls no work for a caller that has aborted', async () => {
    const reason = new Error('stopped before');
    const started = vi.fn(() => Promise.resolve());
    const limits = { timeout: 10, clock, signals: [undefined, AbortSignal.abort(reason)] };
    await expect(withDeadline(limits, started)).rejects.toBe(reason);
    expect(started).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be further away than a timer of Node.js reaches', async () => {
    const ms = 2 ** 32 + 500;
    let end: unknown;
    const forever = new Promise<never>(() => undefined);
    void withDeadline({ timeout: ms, clock }, (signal) => orAbort(forever, signal)).catch(
      (error: unknown) => (end = error),
    );
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(end).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(end).toEqual(new DeadlineError(ms));
  });

  it('may be none at all', async () => {
    const limits = { timeout: Infinity, clock };
    const running = withDeadline(limits, async () => {
      expect(vi.getTimerCount()).toBe(0);
      return Promise.resolve('worked');
    });
    expect(await running).toBe('worked');
  });
});

describe('a promise that knows no signal', () => {
  it('counts until the signal aborts', async () => {
    const { signal } = new AbortController();
    expect(await orAbort(Promise.resolve(1), signal)).toBe(1);
    await expect(orAbort(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    expect(listeners(signal)).toBe(0);
  });

  it('is dropped after that, and so is its rejection', async () => {
    const stop = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const promise = new Promise<never>((_resolve, reject) => (fail = reject));
    const waiting = orAbort(promise, stop.signal).catch((error: unknown) => error);
    const reason = new Error('stopped');
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    fail(new Error('too late'));
    await expect(orAbort(promise, stop.signal)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(0);
    expect(listeners(stop.signal)).toBe(0);
  });
});

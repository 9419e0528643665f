import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/controller/controller.js';
import { createQueue } from '../../src/controller/queue.js';
import type { Histogram } from '../../src/model/histogram.js';
import { createTargetMeasures } from '../../src/model/measures.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Reload } from '../../src/ports/reload.js';
import { countingReload, createBoard, listed, memoryJournal, viewOf } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const countOf = ({ counts }: Histogram): number => counts.reduce((sum, count) => sum + count, 0);
const secondsOf = (histogram: Histogram): [number, number] => [countOf(histogram), histogram.sum];
const elapse = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function start(options: { readonly reload?: Reload; readonly minInterval?: number } = {}) {
  const journal = memoryJournal();
  const board = createBoard(journal);
  const measures = createTargetMeasures();
  const views = new Map<object, ReturnType<typeof viewOf>>();
  const { minInterval = 0, reload } = options;
  const controller = createController(
    [
      {
        ...{ name: 'nginx', sources: ['services'], target: board, journal, measures, minInterval },
        ...(reload && { reload }),
        view: (snapshot) => {
          const [source] = snapshot.sources;
          const known = views.get(source ?? snapshot) ?? viewOf(...(source?.services.keys() ?? []));
          views.set(source ?? snapshot, known);
          return known;
        },
      },
    ],
    {
      ...{ clock: realClock, random: () => 0, log: memoryLog(), resyncInterval: 600_000 },
      pause: () => Promise.resolve(),
    },
  );
  void controller.run(new AbortController().signal);
  let revision = 0;
  const update = async (...services: string[]) => {
    revision += 1;
    const snapshot = { sources: [listed('services', String(revision), ...services)], stale: false };
    controller.update(snapshot, performance.now(), 'services');
    await elapse(0);
  };
  return { controller, board, measures, update };
}

describe('the time from a change in etcd', () => {
  it('ends when the outputs are written, and without a reload the consumer has it then', async () => {
    const { board, measures, update } = start();
    let open = (): void => undefined;
    board.gate = new Promise((resolve) => (open = resolve));
    await update('web');
    await elapse(2000);
    open();
    await elapse(0);
    expect(secondsOf(measures.written)).toEqual([1, 2]);
    expect(secondsOf(measures.applied)).toEqual([1, 2]);
    expect(measures.passes).toEqual({ ok: 1, failed: 0, refused: 0 });
  });

  it('goes on until the reload, over `minInterval` and failures', async () => {
    const reload = countingReload();
    const { measures, update } = start({ reload, minInterval: 10_000 });
    await update('web');
    await update('api', 'web');
    reload.trouble = new RollcallError('RELOAD_FAILED', 'nginx is gone');
    await elapse(10_000);
    expect(secondsOf(measures.written)).toEqual([2, 0]);
    expect(secondsOf(measures.applied)).toEqual([1, 0]);
    expect(measures.reloads).toEqual({ acknowledged: 1, failed: 1 });
    reload.trouble = undefined;
    await elapse(10_000);
    expect(secondsOf(measures.applied)).toEqual([2, 20]);
    expect(measures.reloads).toEqual({ acknowledged: 2, failed: 1 });
  });

  it('is that of its own change while an older reload still fails', async () => {
    const reload = countingReload();
    reload.trouble = new RollcallError('RELOAD_FAILED', 'nginx is gone');
    const { measures, update } = start({ reload });
    await update('web');
    await elapse(100_000);
    await update('api', 'web');
    expect(secondsOf(measures.written)).toEqual([2, 0]);
    expect(countOf(measures.applied)).toBe(0);
  });

  it('goes on over passes that fail or are refused, and is counted once', async () => {
    const { board, controller, measures, update } = start();
    board.trouble = new RollcallError('CHECK_REFUSED', 'no');
    await update('web');
    await elapse(200);
    expect(controller.describe('nginx')).toMatchObject({ inStep: false, lagMs: 200 });
    board.trouble = new Error('disk gone');
    await elapse(300);
    board.trouble = undefined;
    await elapse(60_000);
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, lagMs: 0 });
    const [count, seconds] = secondsOf(measures.written);
    expect(count).toBe(1);
    expect(seconds).toBeGreaterThan(0.4);
    expect(measures.passes).toMatchObject({ failed: 1, refused: 1 });
  });

  it('is not counted for a change that leaves the outputs as they are, nor for an operator who asks', async () => {
    const { controller, measures, update } = start();
    await update('web');
    await update('web');
    controller.resync('nginx');
    await elapse(0);
    await elapse(600_000);
    expect(countOf(measures.written)).toBe(1);
    expect(measures.resyncs).toEqual({ interval: 1, asked: 1 });
    expect(measures.passes.ok).toBeGreaterThanOrEqual(3);
  });
});

describe('the measures of the queue', () => {
  /** A queue whose passes end when the test says so. */
  function heldQueue() {
    const ends: ((again?: number) => void)[] = [];
    const queue = createQueue(
      realClock,
      () => new Promise<number | undefined>((resolve) => ends.push(resolve)),
      () => undefined,
      () => Promise.resolve(),
    );
    void queue.run(new AbortController().signal);
    const end = async (again?: number) => {
      ends.shift()?.(again);
      await elapse(0);
    };
    return { queue, end };
  }

  it('counts an add during a pass, but none of a name that is queued already', async () => {
    const { queue, end } = heldQueue();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(queue.measure()).toMatchObject({ adds: 2, depth: 1 });
    await elapse(3000);
    await end();
    expect(queue.measure()).toMatchObject({ adds: 2, depth: 0 });
    expect(secondsOf(queue.measure().queued)).toEqual([2, 3]);
    expect(secondsOf(queue.measure().worked)).toEqual([1, 3]);
  });

  it('tells how long the present work takes, in sum and at most', async () => {
    const { queue, end } = heldQueue();
    queue.add('a');
    await elapse(2000);
    queue.add('b');
    await elapse(1000);
    expect(queue.measure()).toMatchObject({ unfinishedSeconds: 4, longestSeconds: 3 });
    await end();
    await end();
    expect(queue.measure()).toMatchObject({ unfinishedSeconds: 0, longestSeconds: 0 });
  });

  it('counts a delay as a retry, and the add at its end', async () => {
    const { queue, end } = heldQueue();
    queue.add('a');
    await end(500);
    expect(queue.measure()).toMatchObject({ retries: 1, adds: 1, depth: 0 });
    await elapse(500);
    expect(queue.measure()).toMatchObject({ retries: 1, adds: 2 });
  });

  it('forgets the wait of a name that is removed', async () => {
    const { queue, end } = heldQueue();
    queue.add('a');
    queue.add('a');
    const removed = queue.remove('a');
    expect(queue.measure().depth).toBe(0);
    await end();
    await removed;
    expect(countOf(queue.measure().queued)).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/controller/controller.js';
import { RollcallError } from '../../src/model/errors.js';
import { countingReload, createBoard, listed, memoryJournal, viewOf } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const journal = memoryJournal();
  const board = createBoard(journal);
  const reload = countingReload();
  const views = new Map<object, ReturnType<typeof viewOf>>();
  const controller = createController(
    [
      {
        ...{ name: 'nginx', sources: ['services'], target: board, journal, reload, minInterval: 1000 },
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
  const update = async (revision: string, ...services: string[]) => {
    controller.update(
      { sources: [listed('services', revision, ...services)], stale: false },
      performance.now(),
      'services',
    );
    await vi.advanceTimersByTimeAsync(0);
  };
  return { controller, reload, update };
}

describe('the status of a target', () => {
  it('says what it waits for before the first list, and is in step after the first pass', async () => {
    const { controller, update } = start();
    expect(controller.describe('nginx')).toMatchObject({ inStep: false, last: null });
    await update('5', 'web');
    const status = controller.describe('nginx');
    expect(status).toMatchObject({
      ...{ inStep: true, lagMs: 0, pendingReload: null, failingSince: null, nextAttempt: null },
      sources: [{ source: 'services', applied: '5', latest: '5' }],
    });
    expect(status).not.toHaveProperty('notInStep');
  });

  it('is not in step while a reload is pending, and tells since when and until when', async () => {
    const { controller, update } = start();
    await update('5', 'web');
    await update('6', 'api', 'web');
    const at = new Date(Date.now()).toISOString();
    expect(controller.describe('nginx')).toMatchObject({ inStep: false, pendingReload: { since: at } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, pendingReload: null });
  });

  it('tells since when it fails, with the error, and when the next attempt comes', async () => {
    const { controller, reload, update } = start();
    reload.trouble = new RollcallError('RELOAD_FAILED', 'nginx is gone');
    await update('5', 'web');
    const since = controller.describe('nginx')?.failingSince;
    expect(controller.describe('nginx')).toMatchObject({
      inStep: false,
      last: { result: 'failed', problem: { code: 'RELOAD_FAILED', message: 'nginx is gone' } },
    });
    expect(Date.parse(controller.describe('nginx')?.nextAttempt ?? '')).toBeGreaterThan(Date.now());
    await vi.advanceTimersByTimeAsync(30_000);
    expect(controller.describe('nginx')?.failingSince).toBe(since);
    reload.trouble = undefined;
    expect(controller.resync('nginx')).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, failingSince: null });
  });

  it('stays in step while its outputs are looked at again', async () => {
    const { controller, update } = start();
    await update('5', 'web');
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, lagMs: 0 });
    controller.resync('nginx');
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, lagMs: 0 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(controller.describe('nginx')).toMatchObject({ inStep: true, lagMs: 0 });
  });

  it('knows only targets that there are', async () => {
    const { controller } = start();
    expect(controller.describe('no')).toBeUndefined();
    expect(controller.resync('no')).toBe(false);
    expect(await controller.describeWithOutputs('no')).toBeUndefined();
  });
});

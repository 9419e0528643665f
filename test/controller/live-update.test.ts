import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/controller/controller.js';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import { createTargetMeasures } from '../../src/model/measures.js';
import type { TargetRecord } from '../../src/ports/journal.js';
import type { LiveResult, LiveUpdate } from '../../src/ports/reload.js';
import { countingReload, createBoard, listed, memoryJournal, viewOf } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

interface Call {
  readonly text: string | undefined;
  readonly isPending: boolean;
  readonly isWhole: boolean;
}

interface ScriptedLive extends LiveUpdate {
  run: LiveUpdate['run'];
  dueAt: number;
  answer: LiveResult;
  readonly calls: Call[];
}

/** A running consumer that answers as it is told. */
function scriptedLive(): ScriptedLive {
  const live: ScriptedLive = {
    describe: 'script',
    dueAt: Infinity,
    leaving: 0,
    answer: { kind: 'in-step', changed: 1 },
    calls: [],
    run(outputs, facts) {
      live.dueAt = Infinity;
      live.calls.push({ text: outputs[0]?.text, ...facts });
      return Promise.resolve(live.answer);
    },
  };
  return live;
}

function start(first: Partial<TargetRecord> = {}, minInterval = 1000) {
  const journal = memoryJournal(first);
  const [board, reload, live, measures] = [
    createBoard(journal),
    countingReload(),
    scriptedLive(),
    createTargetMeasures(),
  ];
  const views = new Map<unknown, ReturnType<typeof viewOf>>();
  const managed: ManagedTarget = {
    ...{ name: 'haproxy', sources: ['services'], target: board, journal, reload, live, measures, minInterval },
    view: (snapshot) => {
      const services = snapshot.sources[0]?.services;
      const view = views.get(services) ?? viewOf(...(services?.keys() ?? []));
      views.set(services, view);
      return view;
    },
  };
  const log = memoryLog();
  const pause = (): Promise<void> => Promise.resolve();
  const controller = createController([managed], {
    clock: realClock,
    random: () => 0,
    log,
    resyncInterval: 60_000,
    pause,
  });
  void controller.run(new AbortController().signal);
  const put = async (revision: number, ...services: string[]): Promise<void> => {
    const sources = [listed('services', String(revision), ...services)];
    controller.update({ sources, stale: false }, performance.now(), 'services');
    await settle();
  };
  const outcome = () => controller.outcomes.get('haproxy');
  return { board, reload, live, journal, measures, controller, log, put, outcome };
}

describe('a target with a live update', () => {
  it('needs no reload for what the running consumer takes up, and does not wait for `minInterval`', async () => {
    const { live, reload, journal, measures, put, outcome, controller } = start();
    for (let n = 1; n <= 5; n += 1) await put(n, 'web', `n${n}`);
    expect(live.calls.map(({ text }) => text)).toEqual(['web n1', 'web n2', 'web n3', 'web n4', 'web n5']);
    expect(live.calls[4]).toMatchObject({ isPending: true, isWhole: false });
    expect(reload.runs).toBe(0);
    expect(journal.record).toMatchObject({ step: 'reloaded', reloadPending: false, reloadedAt: null });
    expect(outcome()).toMatchObject({ result: 'updated', updatedAt: expect.any(Number) as number });
    expect(measures.updates).toEqual({ updated: 5, reload: 0, refused: 0 });
    expect(measures.applied.counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(controller.inStepAt('haproxy')).toBe('services=5');
  });

  it('reloads for the rest, and says why', async () => {
    const { live, reload, journal, measures, put, outcome, log, controller } = start();
    live.answer = { kind: 'reload', reason: 'a backend is new', isRefused: false };
    await put(1, 'web');
    expect(reload.runs).toBe(1);
    expect(journal.record.reloadPending).toBe(false);
    expect(outcome()).toMatchObject({ result: 'reloaded', live: live.answer });
    expect(measures.updates).toEqual({ updated: 0, reload: 1, refused: 0 });
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(controller.describe('haproxy')?.runtime).toMatchObject({
      updatedAt: null,
      fellBack: { reason: 'a backend is new', isRefused: false },
    });
  });

  it('warns once while the consumer refuses what it should do', async () => {
    const { live, reload, measures, put, log } = start({}, 0);
    for (let n = 1; n <= 3; n += 1) {
      live.answer = { kind: 'reload', reason: `admin socket: process ${n} does not answer`, isRefused: true };
      await put(n, `n${n}`);
    }
    expect(reload.runs).toBe(3);
    expect(measures.updates.refused).toBe(3);
    const warnings = () =>
      log.lines.filter(({ level, message }) => level === 'warn' && message.includes('did not take'));
    expect(warnings()).toHaveLength(1);
    live.answer = { kind: 'in-step', changed: 1 };
    await put(4, 'n4');
    live.answer = { kind: 'reload', reason: 'admin socket: process 4 does not answer', isRefused: true };
    await put(5, 'n5');
    expect(warnings()).toHaveLength(2);
  });

  it('asks again for a change while a reload waits, and not before the reload is due otherwise', async () => {
    const { live, reload, put } = start({ reloadedAt: Date.now() });
    live.answer = { kind: 'reload', reason: 'a backend is new', isRefused: false };
    await put(1, 'web');
    await put(2, 'web', 'api');
    expect([live.calls.length, reload.runs]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(990);
    expect([live.calls.length, reload.runs]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(20);
    expect([live.calls.length, reload.runs]).toEqual([3, 1]);
  });

  it('looks when the live update is due, also when its timer is early', async () => {
    const { live, put } = start();
    live.run = (outputs, facts) => {
      live.calls.push({ text: outputs[0]?.text, ...facts });
      live.dueAt = live.calls.length < 4 ? performance.now() + 500.6 : Infinity;
      return Promise.resolve({ kind: 'in-step', changed: 0 });
    };
    await put(1, 'web');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(live.calls.map(({ isPending }) => isPending)).toEqual([true, false, false, false]);
  });

  it('looks at everything at each resync, and brings in step again what others have changed', async () => {
    const { live, reload, put, outcome } = start();
    await put(1, 'web');
    live.answer = { kind: 'in-step', changed: 2 };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(live.calls.at(-1)).toMatchObject({ isPending: false, isWhole: true });
    expect(outcome()).toMatchObject({ result: 'updated' });
    live.answer = { kind: 'reload', reason: 'another process runs', isRefused: false };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload.runs).toBe(1);
    live.answer = { kind: 'in-step', changed: 0, problem: 'admin socket: not there' };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload.runs).toBe(1);
    expect(outcome()).toMatchObject({ result: 'in-step' });
  });

  it('is not asked while the outputs in place are not known', async () => {
    const { board, live, put } = start();
    board.trouble = new Error('no disk');
    await put(1, 'web');
    expect(live.calls).toEqual([]);
  });
});

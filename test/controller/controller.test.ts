import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Controller } from '../../src/controller/api.js';
import { createController } from '../../src/controller/controller.js';
import type { ManagedTarget } from '../../src/controller/managed-target.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { TargetRecord } from '../../src/ports/journal.js';
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

function createTarget(name = 'nginx', first: Partial<TargetRecord> = {}, minInterval = 1000) {
  const journal = memoryJournal(first);
  const board = createBoard(journal);
  const reload = countingReload();
  let last: { snapshot: Snapshot; view: ReturnType<typeof viewOf> } | undefined;
  const view = (snapshot: Snapshot) => {
    if (last?.snapshot.sources[0]?.services !== snapshot.sources[0]?.services) {
      last = { snapshot, view: viewOf(...(snapshot.sources[0]?.services.keys() ?? [])) };
    }
    return last?.view ?? viewOf();
  };
  const managed: ManagedTarget = { name, sources: ['services'], view, target: board, journal, reload, minInterval };
  return { managed, board, reload, journal };
}

function start(targets: readonly ManagedTarget[]) {
  const log = memoryLog();
  const pause = (): Promise<void> => Promise.resolve();
  const controller = createController(targets, {
    clock: realClock,
    random: () => 0,
    log,
    resyncInterval: 60_000,
    pause,
  });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  return { controller, log, stop, ended };
}

function update(controller: Controller, revision: string, ...services: string[]) {
  const snapshot: Snapshot = { sources: [listed('services', revision, ...services)], stale: false };
  controller.update(snapshot, performance.now(), 'services');
  return snapshot;
}

describe('the controller', () => {
  it('touches nothing before every source of the target has been listed', async () => {
    const { managed, board, reload } = createTarget();
    const { controller, log } = start([managed]);
    controller.update({ sources: [], stale: false }, 0);
    await settle();
    expect([board.observes, reload.runs]).toEqual([0, 0]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        message: 'waiting',
        fields: expect.objectContaining({ reason: 'not listed yet: services' }) as object,
      }),
    );
    update(controller, '5', 'web');
    await settle();
    expect(board.text).toBe('web');
  });

  it('acts on the first change at once, and reloads once for a storm within minInterval', async () => {
    const { managed, board, reload } = createTarget();
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect([board.text, reload.runs]).toEqual(['a', 1]);
    for (let i = 2; i <= 50; i += 1) {
      update(controller, String(i), 'a', `b${String(i)}`);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect([board.text, reload.runs]).toEqual(['a b50', 1]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reload.runs).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reload.runs).toBe(2);
  });

  it('does nothing at all when the view is the same: no observe, no write, no reload', async () => {
    const { managed, board, reload } = createTarget();
    const { controller } = start([managed]);
    const first = update(controller, '1', 'a');
    await settle();
    const { observes, applies } = board;
    const [source] = first.sources;
    if (!source) throw new Error('no source');
    controller.update({ sources: [{ ...source, revision: '2' }], stale: false }, 0, 'services');
    await settle();
    expect([board.observes, board.applies, reload.runs]).toEqual([observes, applies, 1]);
  });

  it('ignores changes of sources that the target does not use', async () => {
    const { managed, board } = createTarget();
    const { controller } = start([managed]);
    const snapshot = update(controller, '1', 'a');
    await settle();
    board.text = 'edited by hand';
    controller.update(snapshot, 0, 'settings');
    await settle();
    expect(board.text).toBe('edited by hand');
  });

  it('corrects an output that another program changed, at the next resync', async () => {
    const { managed, board } = createTarget();
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    board.text = 'edited by hand';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.text).toBe('a');
  });

  it.each([0, 1000])(
    'retries a failing reload with growing delays until it is acknowledged (minInterval %d)',
    async (minInterval) => {
      const { managed, reload, journal, board } = createTarget('nginx', {}, minInterval);
      const { controller, log } = start([managed]);
      reload.trouble = new Error('exit code 1');
      update(controller, '1', 'a');
      await settle();
      expect([board.text, reload.runs, journal.record.reloadPending]).toEqual(['a', 1, true]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(reload.runs).toBeGreaterThan(3);
      expect(reload.runs).toBeLessThan(8);
      expect(board.applies).toBe(1);
      reload.trouble = undefined;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(journal.record.reloadPending).toBe(false);
      const said = (words: string) => log.lines.filter(({ message }) => message.startsWith(words)).length;
      expect([said('failed (again)') > 2, said('works again after 1')]).toEqual([true, 1]);
      expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
      const { runs } = reload;
      await vi.advanceTimersByTimeAsync(300_000);
      expect(reload.runs).toBe(runs);
    },
  );

  it.each([
    ['a write', new RollcallError('OUTPUT_UNWRITABLE', 'no', { cause: new Error('ENOSPC: no space left on device') })],
    ['a quota', new RollcallError('STATE_UNWRITABLE', 'cannot write x: EDQUOT: disk quota exceeded, write')],
    ['a program', new RollcallError('CHECK_UNANSWERED', 'the list of outputs could not be written: ENOSPC')],
  ])('tries again within 5 seconds when there is room after hours on a full disk (%s)', async (_, trouble) => {
    const { managed, board } = createTarget();
    const { controller, log } = start([managed]);
    board.trouble = trouble;
    update(controller, '1', 'a');
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect(log.lines.filter(({ level }) => level === 'error').length).toBeLessThan(9);
    board.trouble = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(board.text).toBe('a');
    expect(log.lines.at(-1)?.message).toBe('works again after 2h');
  });

  it('tries another failed change at most once a minute', async () => {
    const { managed, board } = createTarget();
    const { controller } = start([managed]);
    board.trouble = new RollcallError('OUTPUT_UNWRITABLE', 'EROFS: read-only file system, open');
    update(controller, '1', 'a');
    await vi.advanceTimersByTimeAsync(3_600_000);
    const { applies } = board;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(board.applies - applies).toBeLessThanOrEqual(121);
  });

  it('keeps the delays of a failing change and a failing reload while snapshots leave the view unchanged', async () => {
    const change = createTarget('change');
    change.board.trouble = new Error('disk full');
    const reload = createTarget('reload', {}, 0);
    reload.reload.trouble = new Error('exit code 1');
    const { controller } = start([change.managed, reload.managed]);
    const first = update(controller, '1', 'a');
    for (let i = 2; i < 102; i += 1) {
      const sources = first.sources.map((source) => ({ ...source, revision: String(i) }));
      controller.update({ sources, stale: false }, performance.now(), 'services');
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(change.board.applies).toBeLessThan(8);
    expect(reload.reload.runs).toBeLessThan(8);
    change.board.trouble = undefined;
    update(controller, '200', 'b');
    await settle();
    expect([change.board.text, reload.reload.outputs.at(-1)]).toEqual(['b', ['a', 'b']]);
  });

  it('keeps the outcome refused while snapshots leave the view unchanged', async () => {
    const { managed, board } = createTarget();
    const { controller, log } = start([managed]);
    board.trouble = new RollcallError('CHECK_REFUSED', 'nginx: [emerg] no');
    const first = update(controller, '1', 'bad');
    await settle();
    for (let i = 2; i < 20; i += 1) {
      const sources = first.sources.map((source) => ({ ...source, revision: String(i) }));
      controller.update({ sources, stale: false }, performance.now(), 'services');
      await vi.advanceTimersByTimeAsync(10_000);
      expect(controller.outcomes.get('nginx')?.result).toBe('refused');
    }
    // 190 seconds: retries with growing delays, not one for each snapshot.
    expect(board.applies).toBeLessThan(16);
    // At once, and after gaps of one and two minutes.
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(3);
  });

  it('logs once that an instance goes into quarantine, and once that it comes out, also for two of one registration', async () => {
    const { managed, board } = createTarget();
    const instance = { id: '1', key: '/services/web/1', address: '192.0.2.1' };
    let quarantined = [80, 81].map((port) => ({ service: 'web', instance: { ...instance, port }, reason: 'no' }));
    board.desired = (view) => ({ text: view.services.map(({ name }) => name).join(' '), quarantined });
    const { controller, log } = start([managed]);
    const first = update(controller, '1', 'a');
    await settle();
    for (let i = 2; i < 5; i += 1) {
      const sources = first.sources.map((source) => ({ ...source, revision: String(i) }));
      controller.update({ sources, stale: false }, performance.now(), 'services');
      await vi.advanceTimersByTimeAsync(61_000);
    }
    const logged = (message: string) => log.lines.filter((line) => line.message === message).length;
    expect([logged('quarantined'), logged('out of quarantine')]).toEqual([2, 0]);
    quarantined = [];
    update(controller, '9', 'b');
    await settle();
    expect([logged('quarantined'), logged('out of quarantine')]).toEqual([2, 2]);
  });

  it('runs a reload that an earlier process left pending although the outputs are in step, naming all outputs', async () => {
    const { managed, board, reload, journal } = createTarget('nginx', { reloadPending: true, owned: ['/etc/x.conf'] });
    board.text = 'a';
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect([board.applies, reload.runs, journal.record.reloadPending]).toEqual([0, 1, false]);
    expect(reload.outputs).toEqual([['/etc/x.conf']]);
  });

  it('has no reload pending at a start that finds all in step', async () => {
    const { managed, board, reload } = createTarget('nginx', { reloadPending: false, step: 'reloaded' });
    board.text = 'a';
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect([board.applies, reload.runs]).toEqual([0, 0]);
  });

  it('keeps minInterval from the reload of an earlier process or config', async () => {
    const { managed, board, reload } = createTarget('nginx', {
      reloadPending: false,
      step: 'reloaded',
      reloadedAt: Date.now() - 400,
    });
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect([board.text, reload.runs]).toEqual(['a', 0]);
    await vi.advanceTimersByTimeAsync(599);
    expect(reload.runs).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(reload.runs).toBe(1);
  });

  it('ignores a time of the last reload that lies in the future', async () => {
    const ahead = Date.now() + 86_400_000;
    const { managed, reload } = createTarget('nginx', { reloadPending: false, step: 'reloaded', reloadedAt: ahead });
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect(reload.runs).toBe(1);
  });

  it('keeps a reload pending until the confirmation answers', async () => {
    const { managed, journal, reload } = createTarget('nginx', {}, 0);
    const confirm = countingReload();
    confirm.trouble = new Error('old workers still answer');
    const { controller } = start([{ ...managed, confirm }]);
    update(controller, '1', 'a');
    await settle();
    expect([reload.runs, confirm.runs, journal.record.reloadPending]).toEqual([1, 1, true]);
    confirm.trouble = undefined;
    await vi.advanceTimersByTimeAsync(2000);
    expect([reload.runs, journal.record.reloadPending]).toEqual([2, false]);
  });

  it('tries refused outputs again, at least once a minute and at once when the view changes, and logs the refusal with growing gaps', async () => {
    const { managed, board } = createTarget();
    const { controller, log } = start([managed]);
    board.trouble = new RollcallError('CHECK_REFUSED', 'nginx: [emerg] no');
    update(controller, '1', 'bad');
    await settle();
    expect(board.applies).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(board.applies).toBeGreaterThan(1);
    await vi.advanceTimersByTimeAsync(600_000);
    const { applies } = board;
    expect(applies).toBeGreaterThan(10);
    expect(applies).toBeLessThan(40);
    // At once, and after gaps of one, two and four minutes.
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(4);
    update(controller, '2', 'still bad');
    await settle();
    expect(board.applies).toBe(applies + 1);
    board.trouble = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.text).toBe('still bad');
  });

  it('reloads for the outputs in place although the next ones are refused or cannot be written', async () => {
    for (const trouble of [new RollcallError('CHECK_REFUSED', 'no'), new RollcallError('OUTPUT_UNWRITABLE', 'full')]) {
      const { managed, board, reload, journal } = createTarget('nginx', {}, 0);
      const { controller, log } = start([managed]);
      reload.trouble = new Error('exit code 1');
      update(controller, '1', 'a');
      await settle();
      board.trouble = trouble;
      update(controller, '2', 'bad');
      await settle();
      expect([board.text, reload.runs, journal.record.reloadPending]).toEqual(['a', 1, true]);
      await vi.advanceTimersByTimeAsync(1000);
      expect([board.text, reload.runs > 1, journal.record.reloadPending]).toEqual(['a', true, true]);
      expect(log.lines.filter(({ fields }) => fields.error === trouble.message).length).toBeGreaterThan(0);
      reload.trouble = undefined;
      await vi.advanceTimersByTimeAsync(4000);
      expect([board.text, journal.record.reloadPending], trouble.code).toEqual(['a', false]);
    }
  });

  it('does not reload while the consumer’s check does not accept the outputs in place, or an undo has failed', async () => {
    for (const code of ['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED'] as const) {
      const { managed, board, reload } = createTarget('nginx', { reloadPending: true });
      const { controller } = start([managed]);
      board.trouble = new RollcallError(code, 'no');
      update(controller, '1', 'a');
      await settle();
      expect([controller.outcomes.get('nginx')?.result, reload.runs], code).toEqual(['failed', 0]);
    }
  });

  it('tries outputs that were refused before once more after a start', async () => {
    const digest = createBoard(memoryJournal()).digest({ text: 'a', quarantined: [] });
    const { managed, board } = createTarget('nginx', { failed: { digest, reason: 'nginx: [emerg] no' } });
    const { controller } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    expect(board.text).toBe('a');
  });

  it('runs a target while others hang or fail', async () => {
    const hangs = createTarget('hangs');
    const fails = createTarget('fails');
    const works = createTarget('works');
    hangs.board.gate = new Promise(() => undefined);
    fails.board.trouble = new Error('disk full');
    const { controller } = start([hangs.managed, fails.managed, works.managed]);
    update(controller, '1', 'a');
    await settle();
    update(controller, '2', 'a', 'b');
    await settle();
    expect(works.board.text).toBe('a b');
    expect(controller.outcomes.get('fails')?.result).toBe('failed');
  });

  it('logs the milliseconds from the event to the swap and to the reload, also after a throttled pass', async () => {
    const { managed, board } = createTarget();
    const { controller, log } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    board.gate = new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    update(controller, '2', 'a', 'b');
    await vi.advanceTimersByTimeAsync(2000);
    const lines = log.lines.filter(({ fields }) => fields.revision === 'services=2');
    expect(lines).toHaveLength(2);
    expect(lines[0]?.fields).toMatchObject({ result: 'throttled', updated: 1, bytes: 3, swapMs: 20 });
    expect(lines[1]?.fields).toMatchObject({ result: 'reloaded', reloadMs: 1000 });
  });

  it('finishes the running step and its reload when it is stopped', async () => {
    const { managed, board, reload } = createTarget();
    let open = (): void => undefined;
    board.gate = new Promise((resolve) => {
      open = resolve;
    });
    const { controller, stop, ended } = start([managed]);
    update(controller, '1', 'a');
    await settle();
    stop.abort();
    open();
    await ended;
    expect([board.text, reload.runs]).toEqual(['a', 1]);
  });

  it('keeps outputs that are newer than a stale snapshot, and runs their pending reload', async () => {
    const { managed, board, reload, journal } = createTarget('nginx', {
      step: 'checked',
      revision: 'services=9',
      reloadPending: true,
    });
    board.text = 'a b';
    const { controller } = start([managed]);
    controller.update({ sources: [listed('services', '8', 'a')], stale: true }, 0);
    await settle();
    expect([board.text, reload.runs, journal.record.reloadPending]).toEqual(['a b', 1, false]);
    controller.update({ sources: [listed('services', '8', 'a')], stale: true }, 0);
    await settle();
    expect([board.text, controller.outcomes.get('nginx')?.result]).toEqual(['a b', 'waiting']);
    controller.update({ sources: [listed('services', '9', 'a')], stale: true }, 0);
    await settle();
    expect(board.text).toBe('a');
  });
});

describe('another set of targets', () => {
  const keep = (...names: string[]): ReadonlySet<string> => new Set(names);

  it('leaves a kept target alone, and makes an edited one again', async () => {
    const [a, b, edited] = [createTarget('a'), createTarget('b'), createTarget('b')];
    const { controller } = start([a.managed, b.managed]);
    update(controller, '1', 'x');
    await settle();
    const { observes } = a.board;
    await controller.replace(keep('a'), () => Promise.resolve([edited.managed]));
    await settle();
    expect([a.board.observes, edited.board.text]).toEqual([observes, 'x']);
    update(controller, '2', 'x', 'y');
    await settle();
    expect([a.board.text, edited.board.text, b.board.text]).toEqual(['x y', 'x y', 'x']);
  });

  it('keeps the time of the last reload, and the outputs that the consumer has not acknowledged', async () => {
    const before = createTarget('a');
    const { controller } = start([before.managed]);
    update(controller, '1', 'x');
    await settle();
    await vi.advanceTimersByTimeAsync(300);
    update(controller, '2', 'y');
    await settle();
    expect(before.reload.runs).toBe(1);

    const after = { ...before.managed };
    await controller.replace(keep(), () => Promise.resolve([after]));
    await vi.advanceTimersByTimeAsync(699);
    expect(before.reload.runs).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(before.reload.runs).toBe(2);
    expect(before.reload.outputs.at(-1)).toEqual(['y']);
  });

  it('keeps the delay of a reload that fails', async () => {
    const { managed, reload } = createTarget('a', {}, 0);
    reload.trouble = new RollcallError('RELOAD_FAILED', 'no');
    const { controller } = start([managed]);
    update(controller, '1', 'x');
    await settle();
    // Delays without jitter: 250, 500, 1000 ms …
    await vi.advanceTimersByTimeAsync(5000);
    const { runs } = reload;
    await controller.replace(keep(), () => Promise.resolve([{ ...managed }]));
    await settle();
    expect(reload.runs).toBe(runs);
    reload.trouble = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload.runs).toBe(runs + 1);
  });

  it('ends the running pass before it asks for the new targets', async () => {
    const { managed, board, reload } = createTarget('a');
    let release = (): void => undefined;
    const run = vi.spyOn(reload, 'run').mockImplementation(() => new Promise<void>((resolve) => (release = resolve)));
    const { controller } = start([managed]);
    update(controller, '1', 'x');
    await settle();
    expect(run).toHaveBeenCalledOnce();
    const order: string[] = [];
    const replaced = controller.replace(keep(), () => {
      order.push('asked');
      return Promise.resolve([]);
    });
    update(controller, '2', 'y');
    await settle();
    expect(order).toEqual([]);
    order.push('acknowledged');
    release();
    await replaced;
    expect(order).toEqual(['acknowledged', 'asked']);
    update(controller, '3', 'z');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(board.text).toBe('x');
    expect(controller.outcomes.size).toBe(0);
  });

  it('runs the old targets on, with the latest snapshot, when the new ones cannot be made', async () => {
    const { managed, board } = createTarget('a');
    const { controller } = start([managed]);
    update(controller, '1', 'x');
    await settle();
    const refused = controller.replace(keep(), () => {
      update(controller, '2', 'y');
      return Promise.reject(new Error('no journal'));
    });
    await expect(refused).rejects.toThrow('no journal');
    await settle();
    expect(board.text).toBe('y');
  });
});

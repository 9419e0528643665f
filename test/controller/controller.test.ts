import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createController, type Controller } from '../../src/controller/controller.js';
import type { Part } from '../../src/controller/part.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { TargetRecord } from '../../src/ports.js';
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

function seat(name = 'nginx', first: Partial<TargetRecord> = {}, minInterval = 1000) {
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
  const part: Part = { name, sources: ['services'], view, target: board, journal, reload, minInterval };
  return { part, board, reload, journal };
}

function start(parts: readonly Part[]) {
  const log = memoryLog();
  const controller = createController({ parts, clock: realClock, random: () => 0, log, resyncInterval: 60_000 });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  return { controller, log, stop, ended };
}

function tell(controller: Controller, revision: string, ...services: string[]) {
  const snapshot: Snapshot = { sources: [listed('services', revision, ...services)], stale: false };
  controller.update(snapshot, performance.now(), 'services');
  return snapshot;
}

describe('the controller', () => {
  it('touches nothing before every source of the target has listed', async () => {
    const { part, board, reload } = seat();
    const { controller, log } = start([part]);
    controller.update({ sources: [], stale: false }, 0);
    await settle();
    expect([board.observes, reload.runs]).toEqual([0, 0]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        message: 'waiting',
        fields: expect.objectContaining({ reason: 'not listed yet: services' }) as object,
      }),
    );
    tell(controller, '5', 'web');
    await settle();
    expect(board.text).toBe('web');
  });

  it('acts on the first change at once, and reloads once for a storm within minInterval', async () => {
    const { part, board, reload } = seat();
    const { controller } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    expect([board.text, reload.runs]).toEqual(['a', 1]);
    for (let i = 2; i <= 50; i += 1) {
      tell(controller, String(i), 'a', `b${String(i)}`);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect([board.text, reload.runs]).toEqual(['a b50', 1]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reload.runs).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reload.runs).toBe(2);
  });

  it('does nothing at all when the view is the same: no look, no write, no reload', async () => {
    const { part, board, reload } = seat();
    const { controller } = start([part]);
    const first = tell(controller, '1', 'a');
    await settle();
    const { observes, applies } = board;
    const [source] = first.sources;
    if (!source) throw new Error('no source');
    controller.update({ sources: [{ ...source, revision: '2' }], stale: false }, 0, 'services');
    await settle();
    expect([board.observes, board.applies, reload.runs]).toEqual([observes, applies, 1]);
  });

  it('ignores news of sources that the target is not made from', async () => {
    const { part, board } = seat();
    const { controller } = start([part]);
    const snapshot = tell(controller, '1', 'a');
    await settle();
    board.text = 'edited by hand';
    controller.update(snapshot, 0, 'settings');
    await settle();
    expect(board.text).toBe('edited by hand');
  });

  it('puts right what somebody else changed, at the next resync', async () => {
    const { part, board } = seat();
    const { controller } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    board.text = 'edited by hand';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.text).toBe('a');
  });

  it('retries a failing reload with growing delays until it is acknowledged, without any news', async () => {
    const { part, reload, journal, board } = seat('nginx', {}, 0);
    const { controller, log } = start([part]);
    reload.trouble = new Error('exit code 1');
    tell(controller, '1', 'a');
    await settle();
    expect([board.text, reload.runs, journal.record.reloadOwed]).toEqual(['a', 1, true]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(reload.runs).toBeGreaterThan(2);
    expect(reload.runs).toBeLessThan(8);
    expect(board.applies).toBe(1);
    reload.trouble = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(journal.record.reloadOwed).toBe(false);
    expect(log.lines.filter(({ message }) => message === 'failed').length).toBeGreaterThan(2);
    const { runs } = reload;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(reload.runs).toBe(runs);
  });

  it('pays a reload that an earlier process owed although the outputs are in step, naming all outputs', async () => {
    const { part, board, reload, journal } = seat('nginx', { reloadOwed: true, owned: ['/etc/x.conf'] });
    board.text = 'a';
    const { controller } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    expect([board.applies, reload.runs, journal.record.reloadOwed]).toEqual([0, 1, false]);
    expect(reload.outputs).toEqual([['/etc/x.conf']]);
  });

  it('owes nothing to a start that finds all in step', async () => {
    const { part, board, reload } = seat('nginx', { reloadOwed: false, step: 'reloaded' });
    board.text = 'a';
    const { controller } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    expect([board.applies, reload.runs]).toEqual([0, 0]);
  });

  it('keeps a reload owed until the confirmation answers', async () => {
    const { part, journal, reload } = seat('nginx', {}, 0);
    const confirm = countingReload();
    confirm.trouble = new Error('old workers still answer');
    const { controller } = start([{ ...part, confirm }]);
    tell(controller, '1', 'a');
    await settle();
    expect([reload.runs, confirm.runs, journal.record.reloadOwed]).toEqual([1, 1, true]);
    confirm.trouble = undefined;
    await vi.advanceTimersByTimeAsync(2000);
    expect([reload.runs, journal.record.reloadOwed]).toEqual([2, false]);
  });

  it('does not try a refused want again until the view changes, and says so once', async () => {
    const { part, board } = seat();
    const { controller, log } = start([part]);
    board.trouble = new RollcallError('CHECK_REFUSED', 'nginx: [emerg] no');
    tell(controller, '1', 'bad');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(board.applies).toBe(1);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    board.trouble = undefined;
    tell(controller, '2', 'good');
    await settle();
    expect(board.text).toBe('good');
  });

  it('pays the reload of the outputs in place although what came after them is refused or cannot be written', async () => {
    for (const trouble of [new RollcallError('CHECK_REFUSED', 'no'), new RollcallError('OUTPUT_UNWRITABLE', 'full')]) {
      const { part, board, reload, journal } = seat('nginx', {}, 0);
      const { controller, log } = start([part]);
      reload.trouble = new Error('exit code 1');
      tell(controller, '1', 'a');
      await settle();
      board.trouble = trouble;
      tell(controller, '2', 'bad');
      await settle();
      expect([board.text, reload.runs, journal.record.reloadOwed]).toEqual(['a', 2, true]);
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', message: `besides: ${trouble.message}` }),
      );
      reload.trouble = undefined;
      await vi.advanceTimersByTimeAsync(2000);
      expect([board.text, journal.record.reloadOwed], trouble.code).toEqual(['a', false]);
    }
  });

  it('does not reload outputs that the consumer itself calls broken, nor a change that is half undone', async () => {
    for (const code of ['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED'] as const) {
      const { part, board, reload } = seat('nginx', { reloadOwed: true });
      const { controller } = start([part]);
      board.trouble = new RollcallError(code, 'no');
      tell(controller, '1', 'a');
      await settle();
      expect([controller.outcomes.get('nginx')?.result, reload.runs], code).toEqual(['failed', 0]);
    }
  });

  it('tries what was refused before once more after a start', async () => {
    const digest = createBoard(memoryJournal()).digest({ text: 'a', quarantined: [] });
    const { part, board } = seat('nginx', { failed: { digest, reason: 'nginx: [emerg] no' } });
    const { controller } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    expect(board.text).toBe('a');
  });

  it('keeps one target that hangs or fails from hurting another', async () => {
    const hangs = seat('hangs');
    const fails = seat('fails');
    const works = seat('works');
    hangs.board.gate = new Promise(() => undefined);
    fails.board.trouble = new Error('disk full');
    const { controller } = start([hangs.part, fails.part, works.part]);
    tell(controller, '1', 'a');
    await settle();
    tell(controller, '2', 'a', 'b');
    await settle();
    expect(works.board.text).toBe('a b');
    expect(controller.outcomes.get('fails')?.result).toBe('failed');
  });

  it('reports the milliseconds from the event to the swap and to the reload, over a throttled pass too', async () => {
    const { part, board } = seat();
    const { controller, log } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    board.gate = new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    tell(controller, '2', 'a', 'b');
    await vi.advanceTimersByTimeAsync(2000);
    const lines = log.lines.filter(({ fields }) => fields.revision === 'services=2');
    expect(lines).toHaveLength(2);
    expect(lines[0]?.fields).toMatchObject({ result: 'throttled', updated: 1, bytes: 3, swapMs: 20 });
    expect(lines[1]?.fields).toMatchObject({ result: 'reloaded', reloadMs: 1000 });
  });

  it('finishes the step that runs when it is stopped, its reload included', async () => {
    const { part, board, reload } = seat();
    let open = (): void => undefined;
    board.gate = new Promise((resolve) => {
      open = resolve;
    });
    const { controller, stop, ended } = start([part]);
    tell(controller, '1', 'a');
    await settle();
    stop.abort();
    open();
    await ended;
    expect([board.text, reload.runs]).toEqual(['a', 1]);
  });

  it('does not take back newer outputs for the sake of a stale snapshot, but pays from an equal one', async () => {
    const { part, board, reload } = seat('nginx', { revision: 'services=9', reloadOwed: true });
    board.text = 'a b';
    const { controller } = start([part]);
    controller.update({ sources: [listed('services', '8', 'a')], stale: true }, 0);
    await settle();
    expect([board.text, controller.outcomes.get('nginx')?.result]).toEqual(['a b', 'waiting']);
    controller.update({ sources: [listed('services', '9', 'a', 'b')], stale: true }, 0);
    await settle();
    expect([board.text, reload.runs]).toEqual(['a b', 1]);
  });
});

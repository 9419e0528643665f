import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quarantine } from '../../src/model/view.js';
import { minutes, settle, start } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A target at rest, and how often its outputs were made from a view. */
async function startAtRest(quarantined: readonly Quarantine[] = []) {
  const world = start({ select: { services: ['web'] } });
  const { board } = world;
  const made = vi.spyOn(board, 'desired');
  if (quarantined.length > 0) made.mockImplementation(() => ({ text: 'web', quarantined }));
  await world.list({ '/services/web/1': '192.0.2.1:80' });
  expect(board.text).toBe('web');
  const seen = { made: made.mock.calls.length, observes: board.observes };
  return {
    ...world,
    /** Since the start: the number of times that outputs were made, and that they were looked at. */
    counts: () => [made.mock.calls.length - seen.made, board.observes - seen.observes],
    /** Passes of the next resync. */
    async resync() {
      const before = board.observes;
      await minutes(1);
      expect(board.observes).toBeGreaterThan(before);
    },
  };
}

describe('a resync of a target at rest', () => {
  it('looks at the outputs once, and makes nothing', async () => {
    const world = await startAtRest();
    await world.resync();
    await world.resync();
    expect(world.counts()).toEqual([0, 2]);
    expect(world.controller.outcomes.get('nginx')).toMatchObject({ result: 'in-step', changed: { updated: 0 } });
    await world.end();
  });

  it('restores what another program has changed, and is at rest again', async () => {
    const world = await startAtRest();
    await world.resync();
    world.board.text = 'edited';
    await world.resync();
    expect(world.board.text).toBe('web');
    expect(world.result()).toBe('changed');
    const [made] = world.counts();
    await world.resync();
    expect(world.result()).toBe('in-step');
    expect(world.counts()[0]).toBe(made);
    await world.end();
  });

  it('reports that the outputs cannot be read, and that they can be again', async () => {
    const world = await startAtRest();
    const observe = world.board.observe.bind(world.board);
    world.board.observe = () => {
      world.board.observes += 1;
      return Promise.reject(new Error('no such disk'));
    };
    await world.resync();
    expect(world.controller.outcomes.get('nginx')).toMatchObject({
      result: 'failed',
      error: { message: 'no such disk' },
    });
    world.board.observe = observe;
    await world.resync();
    expect(world.result()).toBe('in-step');
    await world.end();
  });

  it('makes the outputs of a change that came during the look', async () => {
    const world = await startAtRest();
    const observe = world.board.observe.bind(world.board);
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    world.board.observe = async (...args) => {
      await held;
      return observe(...args);
    };
    await minutes(1);
    await world.put('/services/web/2', '192.0.2.2:80');
    const [made] = world.counts();
    goOn();
    await settle();
    expect(world.counts()[0]).toBe((made ?? 0) + 1);
    expect(world.result()).toBe('in-step');
    await world.end();
  });

  it('shows the revision of the latest snapshot', async () => {
    const world = await startAtRest();
    const before = world.controller.outcomes.get('nginx')?.revision;
    // The target does not select this service.
    await world.put('/services/api/1', '192.0.2.1:80');
    await world.resync();
    expect(world.counts()[0]).toBe(0);
    expect(world.controller.outcomes.get('nginx')?.revision).not.toBe(before);
    await world.end();
  });
});

describe('a resync of a target that shows at once whether something has touched its outputs', () => {
  /** Counts the quick looks. */
  async function startQuick(quarantined: readonly Quarantine[] = []) {
    const world = await startAtRest(quarantined);
    const isUntouched = vi.fn(() => world.board.text === 'web');
    world.board.isUntouched = isUntouched;
    return { ...world, isUntouched };
  }

  it('takes no pass while nothing has, and shows the time and the revision of the look', async () => {
    const world = await startQuick();
    const before = world.controller.outcomes.get('nginx');
    await world.put('/services/api/1', '192.0.2.1:80');
    await minutes(3);
    expect(world.isUntouched).toHaveBeenCalledTimes(3);
    expect(world.counts()).toEqual([0, 0]);
    expect(world.controller.outcomes.get('nginx')).toMatchObject({ result: 'in-step', changed: { updated: 0 } });
    expect(world.controller.outcomes.get('nginx')?.revision).not.toBe(before?.revision);
    expect(Date.now() - Date.parse(world.controller.describe('nginx')?.last?.at ?? '')).toBeLessThan(60_000);
    await world.end();
  });

  it('restores what has changed, and is quick again', async () => {
    const world = await startQuick();
    world.board.text = 'edited';
    await world.resync();
    expect(world.board.text).toBe('web');
    const counts = world.counts();
    // The pass after a change was no resync.
    await minutes(3);
    expect(world.counts()).toEqual(counts);
    await world.end();
  });

  it('takes a pass when the look fails', async () => {
    const world = await startQuick();
    world.isUntouched.mockImplementation(() => {
      throw new Error('no such disk');
    });
    await world.resync();
    expect(world.result()).toBe('in-step');
    await world.end();
  });

  it('is not asked while the target is not at rest', async () => {
    const world = await startQuick([{ service: 'bad', reason: 'its name is too long' }]);
    await world.resync();
    expect(world.isUntouched).not.toHaveBeenCalled();
    await world.end();
  });

  it('is not asked during a pass', async () => {
    const world = await startQuick();
    let goOn!: () => void;
    world.board.gate = new Promise<void>((resolve) => (goOn = resolve));
    world.board.text = 'edited';
    // The look of the first minute asks for a pass, which lasts until the third.
    await minutes(2.5);
    expect(world.isUntouched).toHaveBeenCalledTimes(1);
    world.board.gate = undefined;
    goOn();
    await settle();
    expect(world.board.text).toBe('web');
    await world.end();
  });
});

describe('a resync with more to do', () => {
  it('takes a whole pass while a service is quarantined', async () => {
    const world = await startAtRest([{ service: 'bad', reason: 'its name is too long' }]);
    await world.resync();
    await world.resync();
    expect(world.counts()).toEqual([2, 2]);
    await world.end();
  });

  it('takes a whole pass when the target leaves something alone that was not there before', async () => {
    const world = await startAtRest();
    const refusal = { service: 'web', reason: 'another program has made it' };
    world.board.leftAlone = () => [refusal];
    await world.resync();
    expect(world.counts()[0]).toBe(1);
    expect(world.controller.outcomes.get('nginx')?.quarantined).toEqual([refusal]);
    await world.end();
  });

  it('takes a whole pass when an operator asks for it', async () => {
    const world = await startAtRest();
    world.controller.resync('nginx');
    await settle();
    expect(world.counts()[0]).toBe(1);
    await world.end();
  });
});

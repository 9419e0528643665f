import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GuardMemory, TargetGuard } from '../../src/controller/target-guard.js';
import type { GuardedView } from '../../src/guard/compose.js';
import { createGuard } from '../../src/guard/guard.js';
import { RollcallError } from '../../src/model/errors.js';
import { memoryJournal } from '../support/board.js';
import { settle, start } from './world.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
const policy = { maxDropPercent: 50, window: 30_000, holdFor: 600_000, minInstances: 0 };

/** A guard whose saved states are counted. `trouble`: saving fails with it. */
function guardOf(options: Partial<TargetGuard> = {}) {
  const guard = createGuard();
  const saves = { count: 0, trouble: undefined as Error | undefined };
  const memory: GuardMemory = {
    ...guard,
    async save() {
      await Promise.resolve();
      if (saves.trouble) throw saves.trouble;
      saves.count += 1;
    },
  };
  return { saves, target: { policy, memory, selects: () => true, lastKnown: () => undefined, ...options } };
}

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`/services/web/${at + 1}`, `192.0.2.${at + 1}:80`]));

/** A world whose board shows the addresses that the outputs have. */
function guarded(guard: TargetGuard, journal = memoryJournal()) {
  const world = start({ guard, journal });
  world.board.desired = ({ services }) => ({
    text: services.flatMap(({ instances }) => instances.map(({ address }) => address.slice(8))).join(' '),
    quarantined: [],
  });
  return world;
}

describe('a target with a guard', () => {
  it('keeps what a list has lost, lets new instances in, and says which, why and until when', async () => {
    const { target, saves } = guardOf();
    const world = guarded(target);
    await world.list(keys(4));
    expect(world.board.text).toBe('1 2 3 4');
    await world.list({ '/services/web/9': '192.0.2.9:80' });
    expect(world.board.text).toBe('1 2 3 4 9');
    expect(saves.count).toBe(1);
    const [line, ...others] = world.warnings('the guard holds');
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      message: 'the guard holds 4 instances that are missing from etcd',
      fields: { held: 4, rules: ['service-share'], causes: ['listed'] },
    });
    expect(line?.fields.names).toContain('web/1 192.0.2.1:80');
    expect(world.controller.outcomes.get('nginx')?.guard?.holds).toHaveLength(4);
    await world.end();
  });

  it('lets a hold end when enough instances come back, without waiting', async () => {
    const { target } = guardOf();
    const world = guarded(target);
    await world.list(keys(4));
    await world.list({});
    expect(world.board.text).toBe('1 2 3 4');
    await world.list(keys(2));
    expect(world.board.text).toBe('1 2');
    expect(world.log.lines.filter(({ message }) => message.startsWith('the guard no longer holds'))).toMatchObject([
      { level: 'info', fields: { held: 0 } },
    ]);
    await world.end();
  });

  it('asks for a pass when the time of its holds is over', async () => {
    const { target, saves } = guardOf();
    const world = guarded(target);
    await world.list(keys(4));
    await world.list({ '/services/other/1': '192.0.2.200:80' });
    await seconds(599);
    expect(world.board.text).toBe('200 1 2 3 4');
    await seconds(2);
    expect(world.board.text).toBe('200');
    expect(saves.count).toBe(2);
    await world.end();
  });

  it('lets go at once when an operator releases, and says when a restart would not know that', async () => {
    const { target, saves } = guardOf();
    const world = guarded(target);
    await world.list(keys(4));
    await world.list({ '/services/web/9': '192.0.2.9:80' });
    expect(await world.controller.release('nginx', 'other')).toBe(0);
    await settle();
    expect(world.board.text).toBe('1 2 3 4 9');
    const before = saves.count;
    saves.trouble = new RollcallError('STATE_UNWRITABLE', 'no room');
    await expect(world.controller.release('nginx', 'web')).rejects.toThrow('no room');
    await settle();
    expect([world.board.text, saves.count]).toEqual(['9', before]);
    saves.trouble = undefined;
    await world.list(keys(4));
    await world.list({ '/services/web/9': '192.0.2.9:80' });
    expect(await world.controller.release('nginx')).toBe(4);
    expect(saves.count).toBeGreaterThan(before);
    await settle();
    expect(world.board.text).toBe('9');
    expect(await world.controller.release('unknown')).toBeUndefined();
    await world.end();
  });

  it('lets a release follow an empty view that is kept', async () => {
    const { target } = guardOf();
    const world = guarded(target);
    await world.list(keys(2));
    await world.list({});
    expect([world.board.text, world.result()]).toEqual(['1 2', 'kept']);
    expect(await world.controller.release('nginx')).toBe(0);
    await settle();
    expect(world.board.text).toBe('');
    await world.end();
  });

  it('compares the first list of a process with the last good snapshot, if the outputs had contents', async () => {
    const journal = memoryJournal();
    const first = guarded(guardOf().target, journal);
    let seen: GuardedView | undefined;
    await first.list(keys(8));
    await first.end();

    const reading = guardOf();
    const reader = guarded(reading.target);
    reader.board.desired = (asked) => {
      seen = { view: asked, raw: [] };
      return { text: '', quarantined: [] };
    };
    await reader.list(keys(8));
    await reader.end();

    const lastKnown = vi.fn(() => seen);
    const second = guarded(guardOf({ lastKnown }).target, journal);
    second.board.text = '1 2 3 4 5 6 7 8';
    await second.list({ '/services/web/1': '192.0.2.1:80' });
    expect(second.board.text).toBe('1 2 3 4 5 6 7 8');
    await second.put('/services/web/9', '192.0.2.9:80');
    expect(second.board.text).toBe('1 2 3 4 5 6 7 8 9');
    expect(lastKnown).toHaveBeenCalledTimes(1);
    await second.end();

    const unused = vi.fn(() => seen);
    const fresh = guarded(guardOf({ lastKnown: unused }).target);
    await fresh.list({ '/services/web/1': '192.0.2.1:80' });
    expect(fresh.board.text).toBe('1');
    expect(unused).not.toHaveBeenCalled();
    await fresh.end();
  });

  it('lets new instances in when the holds cannot be saved, says so once, and saves them at the next pass', async () => {
    const { target, saves } = guardOf();
    const world = guarded(target);
    await world.list(keys(8));
    saves.trouble = new RollcallError('STATE_UNWRITABLE', 'no room');
    await world.list({ '/services/web/10': '192.0.2.10:80' });
    await world.put('/services/web/11', '192.0.2.11:80');
    expect(world.board.text).toBe('1 2 3 4 5 6 7 8 10 11');
    expect(world.warnings('a restart would not know what the guard holds: no room')).toHaveLength(1);
    expect(saves.count).toBe(0);
    saves.trouble = undefined;
    await world.put('/services/web/12', '192.0.2.12:80');
    expect(saves.count).toBe(1);
    await world.end();
  });

  it('judges against what was accepted: what never came into the outputs is not held', async () => {
    const { target } = guardOf();
    const world = guarded(target);
    await world.list(keys(4));
    world.board.trouble = new Error('the disk is read-only');
    await world.put('/services/web/5', '192.0.2.5:80');
    await world.list({});
    world.board.trouble = undefined;
    await seconds(60);
    expect(world.board.text).toBe('1 2 3 4');
    await world.end();
  });

  it('holds nothing with `guard: off`, and lets go of what it held when that is set', async () => {
    const { target } = guardOf({ policy: undefined });
    const world = guarded(target);
    await world.list(keys(4));
    await world.list({ '/services/web/9': '192.0.2.9:80' });
    expect(world.board.text).toBe('9');
    await world.end();
  });
});

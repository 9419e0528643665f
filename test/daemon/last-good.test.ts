import { expect, it, vi } from 'vitest';
import { createLastGood } from '../../src/daemon/last-good.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { memoryLog } from '../support/log.js';

const snapshot: Snapshot = { sources: [], stale: true };

it('reads the last good snapshot once, and drops it when no target needs it any more', () => {
  const load = vi.fn(() => snapshot);
  const lastGood = createLastGood(load, memoryLog());
  expect([lastGood.read(), lastGood.read()]).toEqual([snapshot, snapshot]);
  lastGood.forget('a', ['a', 'b']);
  expect(lastGood.read()).toBe(snapshot);
  lastGood.forget('b', ['a', 'b']);
  expect(lastGood.read()).toBeUndefined();
  expect(load).toHaveBeenCalledTimes(1);
});

it('does not read it at all when every target went on without it', () => {
  const load = vi.fn(() => snapshot);
  const lastGood = createLastGood(load, memoryLog());
  for (const name of ['a', 'b']) lastGood.forget(name, ['a', 'b']);
  expect([lastGood.read(), load.mock.calls]).toEqual([undefined, []]);
});

it('goes on without one that cannot be read, and says so once', () => {
  const log = memoryLog();
  const lastGood = createLastGood(() => {
    throw new Error('EIO');
  }, log);
  expect([lastGood.read(), lastGood.read()]).toEqual([undefined, undefined]);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'the last good snapshot cannot be read: the guard does not know what the targets had'],
  ]);
});

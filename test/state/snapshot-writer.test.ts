import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.js';
import { createSnapshotWriter } from '../../src/state/snapshot-writer.js';
import { listed } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start(save: (snapshot: Snapshot) => Promise<void>) {
  const log = memoryLog();
  const keeper = createSnapshotWriter(save, realClock, log);
  const stop = new AbortController();
  return { keeper, log, stop, ended: keeper.run(stop.signal) };
}

const first: Snapshot = { sources: [listed('a', '1', 'web')], stale: false };
const later = (revision: string): Snapshot => ({
  sources: first.sources.map((source) => ({ ...source, revision })),
  stale: false,
});

it('writes once for many changes, and not at all without a change', async () => {
  const saved: string[] = [];
  const { keeper, stop, ended } = start((snapshot) => {
    saved.push(snapshot.sources[0]?.revision ?? '');
    return Promise.resolve();
  });
  keeper.save(first);
  keeper.save({ sources: [listed('a', '2', 'web')], stale: false });
  const last: Snapshot = { sources: [listed('a', '3', 'web')], stale: false };
  keeper.save(last);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(saved).toEqual(['3']);
  keeper.save({ ...last, sources: last.sources.map((source) => ({ ...source, revision: '4' })) });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(saved).toEqual(['3']);
  stop.abort();
  await ended;
});

it('writes the last snapshot before it ends', async () => {
  const saved: Snapshot[] = [];
  const { keeper, stop, ended } = start((snapshot) => {
    saved.push(snapshot);
    return Promise.resolve();
  });
  keeper.save(first);
  stop.abort();
  await ended;
  expect(saved).toEqual([first]);
});

it('logs a failure once, tries again, and loses nothing', async () => {
  let full = true;
  const saved: Snapshot[] = [];
  const { keeper, log, stop, ended } = start((snapshot) => {
    if (full) return Promise.reject(new Error('no space'));
    saved.push(snapshot);
    return Promise.resolve();
  });
  keeper.save(first);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.lines.map(({ message }) => message)).toEqual(['the last good snapshot cannot be saved']);
  full = false;
  keeper.save(later('2'));
  await vi.advanceTimersByTimeAsync(6000);
  expect(saved).toEqual([first]);
  stop.abort();
  await ended;
});

it('pauses after a write in proportion to its duration, for at most a minute', async () => {
  const saved: string[] = [];
  const { keeper, stop, ended } = start(async (snapshot) => {
    await realClock.sleep(1000);
    saved.push(snapshot.sources[0]?.revision ?? '');
  });
  const fresh = (revision: string): Snapshot => ({ sources: [listed('a', revision, 'web')], stale: false });
  keeper.save(fresh('1'));
  await vi.advanceTimersByTimeAsync(6000);
  keeper.save(fresh('2'));
  await vi.advanceTimersByTimeAsync(49_000);
  expect(saved).toEqual(['1']);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(saved).toEqual(['1', '2']);
  stop.abort();
  await ended;
});

it('tries a large snapshot that found no room again after 5 seconds, and says for how long it was not saved', async () => {
  let full = true;
  const { keeper, log, stop, ended } = start(async () => {
    await realClock.sleep(2000);
    if (full) throw new Error('ENOSPC: no space left on device, write');
  });
  keeper.save(first);
  await vi.advanceTimersByTimeAsync(20_000);
  full = false;
  await vi.advanceTimersByTimeAsync(9000);
  expect(log.lines.map(({ message }) => message)).toEqual([
    'the last good snapshot cannot be saved',
    'the last good snapshot is saved again after 14s',
  ]);
  stop.abort();
  await ended;
});

it('writes a snapshot only when it is ready, and the newer one that came meanwhile after it', async () => {
  const saved: string[] = [];
  const waiting: ((isReady: boolean) => void)[] = [];
  const stop = new AbortController();
  const writer = createSnapshotWriter(
    (snapshot) => {
      saved.push(snapshot.sources[0]?.revision ?? '');
      return Promise.resolve();
    },
    realClock,
    memoryLog(),
    () => new Promise((resolve) => waiting.push(resolve)),
  );
  const ended = writer.run(stop.signal);
  const fresh = (revision: string): Snapshot => ({ sources: [listed('a', revision, 'web')], stale: false });
  expect(writer.isSaved).toBe(true);
  writer.save(fresh('1'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([saved, waiting.length, writer.isSaved]).toEqual([[], 1, false]);
  writer.save(fresh('2'));
  waiting[0]?.(true);
  await vi.advanceTimersByTimeAsync(0);
  expect([saved, writer.isSaved]).toEqual([['1'], false]);
  await vi.advanceTimersByTimeAsync(6000);
  waiting[1]?.(true);
  await vi.advanceTimersByTimeAsync(0);
  expect([saved, writer.isSaved]).toEqual([['1', '2'], true]);
  writer.save(fresh('3'));
  stop.abort();
  await vi.advanceTimersByTimeAsync(0);
  for (const resolve of waiting.slice(2)) resolve(false);
  await vi.advanceTimersByTimeAsync(0);
  for (const resolve of waiting.slice(3)) resolve(false);
  await ended;
  expect([saved, writer.isSaved]).toEqual([['1', '2'], false]);
});

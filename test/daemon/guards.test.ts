import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGuards } from '../../src/daemon/guards.js';
import type { Question } from '../../src/guard/guard.js';
import type { Leadership } from '../../src/ports/leader.js';
import type { Clock } from '../../src/ports/runtime.js';
import { openStore } from '../../src/state/store.js';
import { memoryLog } from '../support/log.js';
import { tempDir } from '../support/temp.js';
import { createWorld, policy, range } from '../guard/world.js';

/** A machine with two clocks, whose processes each count from their own start. */
function createMachine(id: string) {
  let [wall, boot] = [1_700_000_000_000, 5_000_000];
  return {
    pass(ms: number) {
      wall += ms;
      boot += ms;
    },
    stepWall: (ms: number) => (wall += ms),
    startProcess(): Clock {
      const started = boot;
      return {
        now: () => boot - started,
        wall: () => wall,
        boot: () => ({ id, now: boot }),
        sleep: () => Promise.resolve(),
      };
    },
  };
}

/** Questions of a target that has lost its only service, until the outputs follow. */
function questions() {
  const world = createWorld();
  world.add('web', range(1, 5));
  world.pass();
  const before = world.accepted;
  world.wipe();
  world.pass();
  const selection = { view: world.selection, raw: [] };
  return (clock: Clock, accepted: Question['accepted'] = before): Question => ({
    ...{ selection, accepted, policy },
    causes: { ofInstance: () => 'left', ofPair: () => 'left' },
    moment: { now: clock.now(), wall: clock.wall() },
  });
}

async function start(dir: string, clock: Clock, isSnapshotSaved = () => true) {
  const store = await openStore(dir, { log: memoryLog() });
  const guards = createGuards(store, clock, { isSecret: () => false, isSnapshotSaved });
  return { store, guards, memory: guards.of('proxy'), clock };
}

const fileIn = (dir: string): boolean => existsSync(join(dir, 'journals', 'proxy.guard'));

it.each([-86_400_000, 86_400_000, 0])(
  'a hold goes on in the next process of the same machine, although the wall clock was set by %i ms',
  async (step) => {
    const dir = await tempDir('rollcall-guards-');
    const ask = questions();
    const machine = createMachine('boot-1');
    const first = await start(dir, machine.startProcess());
    expect(first.memory.judge(ask(first.clock)).againInMs).toBe(policy.holdFor);
    await first.memory.save();
    machine.pass(60_000);
    machine.stepWall(step);
    await first.store.close();
    machine.pass(60_000);
    const second = await start(dir, machine.startProcess());
    expect(second.memory.judge(ask(second.clock)).againInMs).toBe(policy.holdFor - 120_000);
    await second.memory.save();
    await second.store.close();
    machine.pass(60_000);
    const third = await start(dir, machine.startProcess());
    expect(third.memory.judge(ask(third.clock)).againInMs).toBe(policy.holdFor - 180_000);
    await third.store.close();
  },
);

it('a released hold does not begin again before a newer last good snapshot is on disk, and its file goes then', async () => {
  const dir = await tempDir('rollcall-guards-');
  const ask = questions();
  const machine = createMachine('boot-1');
  const first = await start(dir, machine.startProcess(), () => false);
  expect(first.memory.judge(ask(first.clock)).holds).toHaveLength(5);
  await first.memory.save();
  expect(first.memory.release()).toBe(5);
  await first.memory.save();
  expect(first.memory.judge(ask(first.clock)).ended).toHaveLength(5);
  await first.memory.save();
  expect(fileIn(dir)).toBe(true);
  await first.store.close();

  // The last good snapshot on disk still has everything.
  const second = await start(dir, machine.startProcess(), () => false);
  expect(second.memory.judge(ask(second.clock)).holds).toEqual([]);
  await second.guards.finished()();
  expect(fileIn(dir)).toBe(false);
  await second.store.close();
});

it('a hold that begins while the file of an earlier one is removed stays on disk', async () => {
  const dir = await tempDir('rollcall-guards-');
  const ask = questions();
  const machine = createMachine('boot-1');
  const { memory, guards, clock, store } = await start(dir, machine.startProcess(), () => false);
  memory.judge(ask(clock));
  memory.release();
  memory.judge(ask(clock));
  await memory.save();
  const remove = guards.finished();
  // Everything is back, accepted, and lost again.
  const back = ask(clock).accepted;
  if (!back) throw new Error('nothing was accepted');
  memory.judge({ ...ask(clock), selection: back });
  expect(memory.judge(ask(clock)).holds).toHaveLength(5);
  await Promise.all([memory.save(), remove()]);
  expect(fileIn(dir)).toBe(true);
  await store.close();
});

it('removes the file at once when the last good snapshot is on disk', async () => {
  const dir = await tempDir('rollcall-guards-');
  const ask = questions();
  const { memory, clock, store } = await start(dir, createMachine('').startProcess());
  memory.judge(ask(clock));
  await memory.save();
  expect(fileIn(dir)).toBe(true);
  memory.release();
  memory.judge(ask(clock));
  await memory.save();
  expect(fileIn(dir)).toBe(false);
  await store.close();
});

it('a new leader shares what it began to hold while it did not lead, so the next one holds it too', async () => {
  const ask = questions();
  const clock = createMachine('boot-1').startProcess();
  const shared = new Map<string, string>();
  const leadership: Leadership = { epoch: '1', holder: 'one', signal: new AbortController().signal };
  let leads = false;
  const open = async () => {
    const store = await openStore(await tempDir('rollcall-guards-'), { log: memoryLog() });
    const texts = {
      read: (name: string) => Promise.resolve(shared.get(name)),
      write: (name: string, text: string) => Promise.resolve(void shared.set(name, text)),
    };
    const sharedOf = () => ({ texts, current: () => (leads ? leadership : undefined) });
    const guards = createGuards(store, clock, { isSecret: () => false, isSnapshotSaved: () => true, sharedOf });
    return { store, memory: guards.of('proxy') };
  };
  const first = await open();
  expect(first.memory.judge(ask(clock)).holds).toHaveLength(5);
  await first.memory.save();
  expect(shared.size).toBe(0);
  leads = true;
  await first.memory.lead?.(leadership);
  const next = await open();
  expect(await next.memory.lead?.(leadership)).toBeUndefined();
  // It knows of no instance itself: what it holds, it has from the leader before.
  expect(next.memory.release()).toBe(5);
  const content = { selection: { sources: 'a', select: 'b' }, emptySince: 7 };
  await first.memory.shareContent?.(content);
  expect(await next.memory.lead?.(leadership)).toEqual(content);
  await first.memory.shareContent?.(null);
  expect(await next.memory.lead?.(leadership)).toBeNull();
  await Promise.all([first.store.close(), next.store.close()]);
});

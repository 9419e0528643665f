import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, afterEach, expect, it } from 'vitest';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import {
  configOf,
  createGuardedPlace,
  holding,
  left,
  lost,
  released,
  textOf,
  whole,
  type GuardedPlace,
} from './guarded-place.js';
import { askStatus } from './observer.js';

const crashing = join(import.meta.dirname, 'crashing.mjs');
const holdFor = 600_000;

/** The moment of a kill is random on purpose: no test waits so for an effect. */
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const deadlines = (holds: readonly { readonly until: string }[]) => [...new Set(holds.map(({ until }) => until))];

describeWith('etcd', 'a kill -9 while the guard works', () => {
  let etcd: EtcdServer;
  let place: GuardedPlace;

  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterEach(async () => {
    await place.stopReading();
    await deleteKey(etcd, '/services/*');
  });
  afterAll(() => etcd.stop());

  async function begin(config?: object): Promise<Running> {
    place = await createGuardedPlace(etcd, config);
    const running = place.start();
    await place.beWhole();
    return running;
  }

  /** A new process holds what is missing, until the time on disk if the process before has saved the holds. */
  async function expectContinued(what: string): Promise<Running> {
    const before = await place.saved();
    const startedAt = before?.services.flatMap(({ group }) => group.holds.map((hold) => hold.startedAt)) ?? [];
    const began = Date.now();
    const next = place.start();
    const holds = await place.untilHeld(next);
    const found = deadlines(holds).map(Date.parse);
    if (startedAt.length > 0) {
      expect(startedAt, what).toHaveLength(lost.length);
      expect(found, what).toEqual([...new Set(startedAt)].map((time) => time + holdFor));
    } else {
      expect(found, what).toHaveLength(1);
      expect(found[0], what).toBeGreaterThanOrEqual(began + holdFor);
      expect(found[0], what).toBeLessThanOrEqual(Date.now() + holdFor);
    }
    await place.becomes(holding);
    return next;
  }

  /** Undefined: the process ended before it answered. */
  const release = () =>
    askAdmin(
      {
        ...{ socketPath: place.socket, method: 'POST', path: '/api/targets/web/release' },
        headers: { 'content-type': 'application/json' },
      },
      '{}',
    ).catch(() => undefined);

  /** The file never had another text than these. */
  function expectTexts(...allowed: readonly string[]): void {
    expect([...new Set(place.texts)].filter((text) => !['absent', ...allowed].includes(text))).toEqual([]);
  }

  it('continues a hold, or begins it, whenever the process is killed around its beginning', async () => {
    let running = await begin();
    const kinds = { saved: 0, unsaved: 0 };
    for (const delay of [0, 3, 6, 10, 15, 20, 30, 60, 150, 300]) {
      await place.beWhole();
      await Promise.all([place.lose(), after(delay).then(() => running.end('SIGKILL'))]);
      kinds[(await place.saved()) ? 'saved' : 'unsaved'] += 1;
      running = await expectContinued(`${delay} ms`);
    }
    expectTexts(whole, holding);
    expect(kinds.saved).toBeGreaterThan(0);
    await running.end('SIGKILL');
  });

  it('continues a hold when the process is killed at a step of the change that shows it', async () => {
    let running = await begin();
    for (const step of ['stage', 'staged', 'swap:0', 'swapped', 'cleaned']) {
      await place.beWhole();
      await running.end('SIGKILL');
      const victim = startRollcall([place.file, step], { script: crashing });
      await until(() => victim.stdout().includes('outcome in-step'), { what: 'its first pass', deadline: 20_000 });
      await place.lose();
      expect((await victim.ended).signal, victim.stderr()).toBe('SIGKILL');
      expect((await place.saved())?.services[0]?.group.holds, step).toHaveLength(lost.length);
      running = await expectContinued(step);
    }
    expectTexts(whole, holding);
    await running.end('SIGKILL');
  });

  it('begins a hold that no pass could begin, because a reload hung until the process ended', async () => {
    const hung = ['sh', '-c', 'touch hung; while [ -e block ]; do sleep 0.05; done'];
    const running = await begin(configOf({ reload: { command: hung } }));
    await rm(place.at('hung'), { force: true });
    await writeFile(place.at('block'), '');
    await place.write(configOf({ reload: { command: hung } }, 'blue'));
    await place.becomes(textOf([...left, ...lost], [], 'blue'));
    await place.lose();
    await until(async () => (await askStatus(place.socket))?.sources[0]?.keys === left.length, {
      what: 'the loss in the status',
    });
    running.send('SIGTERM');
    await rm(place.at('block'));
    await running.ended;
    expect(await place.saved()).toBeUndefined();
    const next = place.start();
    await place.untilHeld(next);
    await place.becomes(textOf(left, lost, 'blue'));
    expectTexts(whole, textOf([...left, ...lost], [], 'blue'), textOf(left, lost, 'blue'));
    await next.end('SIGKILL');
  });

  it('either holds or has released, whenever it is killed around a release; what was answered stays', async () => {
    let running = await begin();
    const kinds = { held: 0, released: 0 };
    for (const delay of [0, 2, 4, 8, 15, 40, 'answered', 'followed'] as const) {
      await place.beWhole();
      await place.lose();
      await place.untilHeld(running);
      await place.becomes(holding);
      const from = place.texts.length;
      const answer = release();
      if (typeof delay === 'number') await after(delay);
      else expect((await answer)?.json).toEqual({ released: lost.length });
      if (delay === 'followed') await place.becomes(released);
      await running.end('SIGKILL');
      const isAnswered = (await answer)?.status === 200;
      running = place.start();
      const holds = (await until(() => place.target(), { what: 'the first pass', deadline: 20_000 })).holds.length;
      expect(isAnswered ? [0] : [0, lost.length], `${delay}: ${running.stderr()}`).toContain(holds);
      await place.becomes(holds === 0 ? released : holding);
      const seen = place.texts.slice(from);
      expect(holds === 0 ? [[released], []] : [[]], `${delay}`).toContainEqual(seen);
      kinds[holds === 0 ? 'released' : 'held'] += 1;
    }
    expectTexts(whole, holding, released);
    expect(kinds.released).toBeGreaterThanOrEqual(2);
    await running.end('SIGKILL');
  });

  it('goes on with the edited policy, whenever it is killed around an edit during a hold', async () => {
    const red = textOf(left, lost);
    const blue = textOf(left, lost, 'blue');
    let running = await begin();
    await place.lose();
    await place.untilHeld(running);
    await place.becomes(red);
    const began = Math.min(...deadlines((await place.target())?.holds ?? []).map(Date.parse)) - holdFor;
    const rounds = [
      { delay: 30, color: 'blue', minutes: 20 },
      { delay: 300, color: 'red', minutes: 30 },
      { delay: 1200, color: 'blue', minutes: 5 },
    ];
    for (const { delay, color, minutes } of rounds) {
      await place.write(configOf({ guard: { window: '5s', holdFor: `${minutes}m` } }, color));
      await after(delay);
      await running.end('SIGKILL');
      running = place.start();
      const holds = await place.untilHeld(running);
      expect(deadlines(holds).map(Date.parse), `${delay} ms`).toEqual([began + minutes * 60_000]);
      await place.becomes(color === 'blue' ? blue : red);
    }
    expectTexts(whole, red, blue);

    // With `off`, the process that is killed or the next one lets go.
    await place.write(configOf({ guard: 'off' }, 'blue'));
    await after(300);
    await running.end('SIGKILL');
    running = place.start();
    const gone = textOf(left, [], 'blue');
    await place.becomes(gone);
    await until(async () => (await place.saved()) === undefined, { what: 'no holds on disk' });
    await until(async () => (await place.target())?.holds.length === 0, { what: 'no holds in the status' });
    await running.end('SIGKILL');
    expectTexts(whole, red, blue, gone);
  });
});

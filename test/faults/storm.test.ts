import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it, onTestFailed } from 'vitest';
import { describeWith, needs } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { dice, startStorm, steady } from './storm.js';
import { startWorld, type World } from './world.js';

const seed = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);

/** The results of the independent reader so far. */
function findings(reader: Running): { readonly torn: readonly string[]; reads: number; different: number } {
  const lines = reader.stdout().split('\n').slice(0, -1);
  const counted = lines.findLast((line) => line.startsWith('read ')) ?? 'read 0 of 0';
  const [, reads = '', , different = ''] = counted.split(' ');
  return { torn: lines.filter((line) => line.startsWith('torn ')), reads: Number(reads), different: Number(different) };
}

const startReader = (files: readonly string[]): Running =>
  startRollcall(files, { script: join(import.meta.dirname, 'reader.mjs') });

describeWith('nginx', 'kill -9 at random moments of a storm', () => {
  needs('etcd');
  let world: World | undefined;

  afterEach(async () => {
    await world?.stop();
    world = undefined;
  });

  it.each([
    { title: 'with a check in place', kills: 120 },
    { title: 'without a check', kills: 80, check: 'none' as const },
  ])('$title: $kills kills, and each time the newest set, without one more write', async ({ kills, check }) => {
    const random = dice(seed + kills);
    onTestFailed(() => {
      console.error(`STORM_SEED=${seed}`);
    });
    world = await startWorld({ ...(check && { check }) });
    const { config, outputs } = world;
    const start = (): Running => startRollcall(['run', '-c', config]);
    const found: Record<string, number> = {};

    await startStorm(world, random).calm();
    let running = start();
    await world.inStep(await world.newest(), running);
    const reader = startReader(
      ['upstreams.conf', 'locations.conf', `only/${steady}.conf`].map((name) => join(outputs, name)),
    );

    for (let kill = 1; kill <= kills; kill += 1) {
      const storm = startStorm(world, random);
      // One in four is killed while it starts, lists and applies the missed changes; the others during their work.
      if (random() < 0.25) {
        await running.end('SIGKILL');
        running = start();
        await pause(random() * 700);
      } else await pause(random() * 200);
      const { signal } = await running.end('SIGKILL');
      expect(signal).toBe('SIGKILL');
      expect(complaints(running)).toEqual([]);
      await storm.calm();

      const { step, reloadPending } = await world.journal();
      const state = `${step}${reloadPending ? ', reload pending' : ''}`;
      found[state] = (found[state] ?? 0) + 1;
      const newest = await world.newest();
      running = start();
      await world.inStep(newest, running);
      expect(await world.newest(), 'etcd was not written to').toEqual(newest);
      expect(complaints(running)).toEqual([]);
      expect(findings(reader).torn).toEqual([]);
    }

    const last = await reader.end('SIGKILL');
    expect(last.stderr).toBe('');
    const { torn, reads, different } = findings(reader);
    console.log(`killed in: ${JSON.stringify(found)}; ${reads} reads of ${different} texts`);
    expect(torn).toEqual([]);
    expect(reads).toBeGreaterThan(20_000);
    expect(different).toBeGreaterThan(kills);
    // The kills came at busy moments: they left changes half made, and many reloads pending.
    const count = (matches: (state: string) => boolean): number =>
      Object.entries(found).reduce((sum, [state, times]) => sum + (matches(state) ? times : 0), 0);
    expect(count((state) => /^(staged|swapped)/.test(state))).toBeGreaterThan(0);
    expect(count((state) => state.endsWith('reload pending'))).toBeGreaterThan(kills / 10);
    await running.end('SIGKILL');
  });

  it('the reader of the outputs reports a file that is written in two parts, shortened, or removed', async () => {
    const file = join(await tempDir(), 'upstreams.conf');
    const whole = (ports: readonly number[]): string => {
      const set = `web=${ports.map((port) => `10.0.0.1:${port},`).join('')};`;
      return `# set ${set}\n${ports.map((port) => `    server 10.0.0.1:${port};\n`).join('')}# end ${set}\n`;
    };
    await writeFile(file, whole([1, 2]));
    const reader = startReader([file]);
    await until(() => findings(reader).reads > 100, { what: 'reads' });
    expect(findings(reader).torn).toEqual([]);
    const handle = await open(file, 'r+');
    const text = whole([3, 4]);
    await handle.write(text.slice(0, 40), 0);
    await until(() => findings(reader).torn.some((line) => line.includes('its end')), { what: 'the first stroke' });
    await handle.write(text, 0);
    await handle.truncate(text.length - 1);
    await until(() => findings(reader).torn.length > 1, { what: 'the missing line end' });
    await handle.write(text.replace(':3;', ':5;'), 0);
    await until(() => findings(reader).torn.some((line) => line.includes('its middle')), { what: 'a foreign middle' });
    await handle.close();
    const before = findings(reader).torn.length;
    await rm(file);
    await until(
      () =>
        findings(reader)
          .torn.slice(before)
          .some((line) => line.includes('ENOENT')),
      { what: 'its loss' },
    );
    await reader.end('SIGKILL');
  });
});

/** The errors that it logged. */
function complaints(process: Running): string[] {
  return process
    .lines()
    .filter(({ level }) => level === 'error')
    .map((line) => JSON.stringify(line));
}

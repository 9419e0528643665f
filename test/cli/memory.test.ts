import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { main, rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';

/** Fills the young generation with objects that stay, and then writes its size in MB. */
const filler = (file: string): string => `
  process.on('exit', () => {
    const kept = [];
    for (let i = 0; i < 1e6; i++) kept.push({ i });
    const { space_size } = require('node:v8').getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    require('node:fs').writeFileSync(${JSON.stringify(file)}, String(space_size / 2 ** 20));
  });`;

/** The size of the young generation at the end of a command, in MB. */
async function youngSize(options = ''): Promise<number> {
  const dir = await tempDir();
  await writeFile(join(dir, 'filler.cjs'), filler(join(dir, 'size')));
  const env = { NODE_OPTIONS: `--require=${join(dir, 'filler.cjs')} ${options}` };
  expect(await rollcall(['--version'], { env })).toMatchObject({ code: 0 });
  return Number(await readFile(join(dir, 'size'), 'utf8'));
}

it('keeps the first size of the young generation of V8', async () => {
  expect(await youngSize()).toBeLessThanOrEqual(4);
});

it('lets a size of the user decide', async () => {
  expect(await youngSize('--max-semi-space-size=8')).toBeGreaterThanOrEqual(16);
});

describeWith('etcd', 'a process with a large heap', () => {
  it('lets the young generation grow', async () => {
    const etcd = await startEtcd();
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'nginx', files: [{ path: 'out', template: 'json' }] }],
    });
    // 64 MB of objects at once, and then new ones all the time.
    await writeFile(
      place.at('filler.cjs'),
      `const { getHeapSpaceStatistics } = require('node:v8');
      const { renameSync, writeFileSync } = require('node:fs');
      const kept = [];
      const file = ${JSON.stringify(place.at('size'))};
      function fill(count) {
        for (let i = 0; i < count; i++) kept.push({ i, j: i });
        const { space_size } = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
        writeFileSync(file + '.new', String(space_size / 2 ** 20));
        renameSync(file + '.new', file);
      }
      // The first call comes after the start of the command.
      setInterval(() => {
        const isFirst = kept.length === 0;
        if (kept.length > 4e6) kept.length = 2e6;
        fill(isFirst ? 1.5e6 : 1e5);
        if (isFirst) writeFileSync(file + '.first', require('node:fs').readFileSync(file));
      }, 50).unref();`,
    );
    const env = { NODE_OPTIONS: `--require=${place.at('filler.cjs')}` };
    const running = startRollcall(['run', '-c', place.file], { env });
    const size = async () => Number(await readFile(place.at('size'), 'utf8').catch(() => '0'));
    await until(async () => (await size()) >= 8, { what: 'a larger young generation' });
    expect(Number(await readFile(place.at('size.first'), 'utf8'))).toBeLessThanOrEqual(4);
    await running.end();
  });
});

describeWith('etcd', 'the answers of the admin server', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
  });

  const makePlace = (): Promise<Place> =>
    createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'nginx', files: [{ path: 'out', template: 'json' }] }],
    });
  const isAnswers = (name: string): boolean => /^app-[\w-]{8}\.js$/.test(name);
  const ask = (place: Place) => askAdmin({ socketPath: place.at('state', 'admin.sock'), path: '/livez' });
  const listens = (running: Running) =>
    running.line(({ msg }) => msg === 'the admin server listens', 'the socket of the admin server');

  it('are loaded with the first request', async () => {
    const place = await makePlace();
    await writeFile(
      place.at('recorder.cjs'),
      `const fs = require('node:fs');
      const { appendFileSync, readFileSync } = fs;
      fs.readFileSync = (path, ...rest) => {
        appendFileSync(${JSON.stringify(place.at('read'))}, String(path) + '\\n');
        return readFileSync(path, ...rest);
      };`,
    );
    const namesRead = async () => (await readFile(place.at('read'), 'utf8')).split('\n').map((path) => basename(path));
    const env = { NODE_OPTIONS: `--require=${place.at('recorder.cjs')}` };
    const running = startRollcall(['run', '-c', place.file], { env });
    await listens(running);
    expect(await namesRead()).toContain('command.js');
    expect((await namesRead()).filter(isAnswers)).toEqual([]);
    const answers = await Promise.all([ask(place), ask(place)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await namesRead()).some(isAnswers)).toBe(true);
    await running.end();
  });

  it('are refused while their code is not there, and loaded when it is', async () => {
    const place = await makePlace();
    const root = join(dirname(main), '..', '..');
    for (const name of ['dist/cli', 'templates', 'package.json'])
      await cp(join(root, name), place.at('package', name), { recursive: true });
    const folder = place.at('package', 'dist', 'cli');
    const [name = ''] = (await readdir(folder)).filter(isAnswers);
    const running = startRollcall(['run', '-c', place.file], { script: join(folder, 'main.js') });
    await listens(running);
    await rename(join(folder, name), place.at('away'));
    expect(await ask(place)).toMatchObject({ status: 503, json: { error: { status: 503 } } });
    const failure = await running.line(({ msg }) => msg.startsWith('the admin server cannot answer'), 'the failure');
    expect(failure).toMatchObject({ level: 'error' });
    await rename(place.at('away'), join(folder, name));
    await until(async () => (await ask(place)).status === 200, { what: 'an answer' });
    await running.end();
  });
});

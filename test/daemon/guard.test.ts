import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const configOf = (more: object = {}, source: object = {}): object => ({
  sources: [{ name: 'services', prefix: '/services/', format: 'plain', ...source }],
  targets: [{ name: 'web', files: [{ path: 'web.out', template: './web.hbs', dialect: 'none' }], ...more }],
});

const read = (place: Place): Promise<string> => readFile(place.at('web.out'), 'utf8').catch(() => 'absent');
const becomes = (place: Place, text: string): Promise<unknown> =>
  until(async () => (await read(place)) === text, { what: JSON.stringify(text), deadline: 20_000 });
const saysHeld = (running: Running, from = 0) =>
  running.line(({ msg }) => msg.startsWith('the guard holds'), 'what is held', from);
const guardFiles = async (place: Place): Promise<string[]> =>
  (await readdir(place.at('state/journals'))).filter((name) => name.endsWith('.guard'));

const all = 'web 8001! 8002! 8003! 8004!\n'.replaceAll('!', '');
const held = 'web 8001! 8002! 8003! 8004!\n';

/** Four instances of one service, and a running rollcall that has written them. A held instance has an exclamation mark. */
async function begin(etcd: EtcdServer, config = configOf()) {
  for (const port of [8001, 8002, 8003, 8004]) await putKey(etcd, `/services/web/${port}`, `192.0.2.1:${port}`);
  const place = await createPlace(etcd.endpoint, config);
  await writeFile(
    place.at('web.hbs'),
    '{{#each services}}{{name}}{{#each instances}} {{port}}{{#if held}}!{{/if}}{{/each}}\n{{/each}}',
  );
  const running = startRollcall(['run', '-c', place.file]);
  await becomes(place, all);
  await running.line(({ msg }) => msg === 'outputs changed', 'the end of the first pass');
  return { place, running };
}

describeWith('etcd', 'the guard of a running target', () => {
  it('keeps all instances when their prefix is deleted, through a kill, until enough of them are back', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await deleteKey(etcd, '/services/*');
    expect(await saysHeld(running)).toMatchObject({ level: 'warn', target: 'web', rules: ['service-share'] });
    await becomes(place, held);
    expect(await guardFiles(place)).toEqual(['web.guard']);
    await running.end('SIGKILL');

    const again = startRollcall(['run', '-c', place.file]);
    // What an earlier process held is said again.
    expect(await saysHeld(again)).toMatchObject({ held: 4 });
    await putKey(etcd, '/services/other/1', '192.0.2.2:9001');
    await becomes(place, `other 9001\n${held}`);
    for (const port of [8001, 8002]) await putKey(etcd, `/services/web/${port}`, `192.0.2.1:${port}`);
    await becomes(place, 'other 9001\nweb 8001 8002\n');
    await until(async () => (await guardFiles(place)).length === 0, { what: 'no guard file' });
    expect((await again.end()).code).toBe(0);
  });

  it('keeps what an edited prefix does not find, and what was lost while rollcall did not run', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await place.write(configOf({}, { prefix: '/service/' }));
    await saysHeld(running);
    await becomes(place, held);
    await place.write(configOf());
    await becomes(place, all);
    // The last good snapshot is on disk when the process has ended.
    expect((await running.end()).code).toBe(0);
    await deleteKey(etcd, '/services/*');
    const again = startRollcall(['run', '-c', place.file]);
    await saysHeld(again);
    await becomes(place, held);
    await again.end();
  });

  it('lets go after holdFor, and at once with `guard: off`', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd, configOf({ guard: { holdFor: '1s' } }));
    await deleteKey(etcd, '/services/*');
    await saysHeld(running);
    await becomes(place, '');
    for (const port of [8001, 8002, 8003, 8004]) await putKey(etcd, `/services/web/${port}`, `192.0.2.1:${port}`);
    await becomes(place, all);
    await place.write(configOf({ guard: 'off' }));
    await running.line(({ msg }) => msg === 'the new config is in force', 'the edit');
    await deleteKey(etcd, '/services/*');
    await becomes(place, '');
    await running.end();
  });

  it('makes `run --once` exit 1 while it holds, unless the loss is allowed', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    expect((await running.end()).code).toBe(0);
    await deleteKey(etcd, '/services/*');
    const once = await rollcall(['run', '--once', '-c', place.file]);
    expect([once.code, once.stdout]).toEqual([
      1,
      'web: changed (1 updated), 4 held: correct the source, or confirm with --allow-empty\n',
    ]);
    expect(await read(place)).toBe(held);
    const allowed = await rollcall(['run', '--once', '--allow-empty', '-c', place.file]);
    expect([allowed.code, await read(place)]).toEqual([0, '']);
    expect(await guardFiles(place)).toEqual([]);
  });

  it('shows in `diff` and `render` what the guard would keep, beside a process and without one', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await deleteKey(etcd, '/services/*');
    await becomes(place, held);
    const remark =
      'the guard keeps 4 in the outputs that etcd does not have: /services/web/8001, /services/web/8002, /services/web/8003, /services/web/8004';
    const beside = await rollcall(['diff', '-c', place.file]);
    expect([beside.code, beside.stdout + beside.stderr]).toEqual([0, expect.stringContaining(remark)]);
    const rendered = await rollcall(['render', 'web', '-c', place.file]);
    expect([rendered.stdout, rendered.stderr]).toEqual([
      expect.stringContaining(held.trim()),
      expect.stringContaining(remark),
    ]);
    await running.end('SIGKILL');
    const without = await rollcall(['diff', '-c', place.file]);
    expect([without.code, without.stdout + without.stderr]).toEqual([0, expect.stringContaining(remark)]);
  });

  it('goes on without the holds when their file is damaged, and says so', async () => {
    const etcd = await startEtcd();
    const { place, running } = await begin(etcd);
    await deleteKey(etcd, '/services/*');
    await becomes(place, held);
    await running.end('SIGKILL');
    await writeFile(place.at('state/journals/web.guard'), '{}');
    await rm(place.at('state/snapshot'), { force: true });
    const again = startRollcall(['run', '-c', place.file]);
    expect(await again.line(({ msg }) => msg.includes('web.guard is not used'), 'the damaged file')).toMatchObject({
      level: 'warn',
    });
    await again.end();
  });
});

import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const token = 'a-token-of-some-length';

describeWith('etcd', 'the commands that ask a running process', () => {
  let etcd: EtcdServer;
  let place: Place;
  let running: Running;
  let port: number;
  const run = (...words: string[]) => rollcall([...words, '-c', place.file]);

  beforeAll(async () => {
    etcd = await startEtcd();
    for (const id of ['1', '2', '3', '4']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    port = await freePort();
    place = await createPlace(etcd, {
      admin: { listen: `127.0.0.1:${port}`, token },
      sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
      targets: [{ name: 'nginx', files: [{ path: 'out', template: 'json' }] }],
    });
  });

  it('say that no process answers, with exit code 2', async () => {
    for (const words of [['status'], ['release', 'nginx'], ['resync'], ['events']]) {
      const { code, stderr } = await run(...words);
      expect([code, stderr], words.join(' ')).toEqual([2, expect.stringContaining('no running rollcall answers at')]);
      expect(stderr).toContain('(ADMIN_UNREACHABLE)');
    }
  });

  it('show a process in step, with exit code 0, and one target with its outputs', async () => {
    running = startRollcall(['run', '-c', place.file]);
    await running.line(({ msg, listen }) => msg === 'the admin server listens' && listen !== 'admin.sock', 'HTTP');
    await until(async () => (await run('status')).code === 0, { what: 'in step', deadline: 20_000 });
    const all = await run('status');
    expect(all.stdout).toMatch(/^TARGET +IN STEP +LAG +HELD +CHANGED/);
    expect(all.stdout).toMatch(/\nnginx +yes +- +0 +20/);
    expect(all.stdout).toMatch(/\nservices +live +1 +0\n/);
    const json = await run('status', 'nginx', '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'nginx',
      inStep: true,
      outputs: [{ output: place.at('out') }],
    });
    const unknown = await run('status', 'nginz');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('(TARGET_UNKNOWN)')]);
  });

  it('ask over HTTP with the token, and are refused without it', async () => {
    const url = `http://127.0.0.1:${port}`;
    for (const words of [['status'], ['resync', 'nginx']]) {
      const refused = await rollcall([...words, '--admin', url]);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('(ADMIN_REFUSED)')]);
    }
    await writeFile(place.at('token'), `${token}\n`);
    expect((await rollcall(['status', '--admin', url, '--token-file', place.at('token')])).code).toBe(0);
    const asked = await rollcall(['resync', 'nginx', '--admin', url, '--token-file', place.at('token')]);
    expect([asked.code, asked.stdout]).toEqual([0, 'nginx: resync asked\n']);
    const wrong = await rollcall(['status', '--admin', 'nonsense']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('is not an address')]);
  });

  it('show what the guard holds, release it, and tell the events', async () => {
    await deleteKey(etcd, '/services/*');
    const detail = () => run('status', 'nginx');
    await until(async () => (await detail()).stdout.includes('held until'), { what: 'holds', deadline: 20_000 });
    expect((await detail()).stdout).toMatch(/held until \S+ {2}services \/services\/web\/1 {2}left, service-share/);
    const released = await run('release', 'nginx', 'web');
    expect([released.code, released.stdout]).toEqual([0, '4 released\n']);
    await until(async () => !(await detail()).stdout.includes('held until'), { what: 'no holds', deadline: 20_000 });
    expect((await run('release', 'nginx')).stdout).toBe('the guard holds nothing of it\n');
    const events = await run('events');
    const types = events.stdout.split('\n').map((line) => line.split(' ')[1]);
    expect(types).toEqual(expect.arrayContaining(['source-listed', 'applied', 'held', 'released', 'let-go']));
    const json = await run('events', '-o', 'json');
    const lines = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'held', target: 'nginx', count: 4 }));
  });

  it('follow the events until the process ends', async () => {
    const followed = startRollcall(['events', '--follow', '-o', 'json', '-c', place.file]);
    await putKey(etcd, '/services/api/1', '192.0.2.9:80');
    const applied = () => followed.stdout().split('"type":"applied"').length - 1;
    await until(() => applied() >= 2, {
      what: 'the new event',
      deadline: 20_000,
    });
    await running.end();
    expect((await followed.ended).code).toBe(0);
    expect((await run('status')).code).toBe(2);
  });
});

import { chmod } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { putKey } from '../support/keys.js';

const targets = [{ name: 'web', files: [{ path: 'web.json', template: 'json' }] }];
const nobody = 65534;

describeWith('etcd', 'read-only commands of a user who may not read the stateDir', () => {
  let etcd: EtcdServer;
  let place: Place;
  const sources = [
    { name: 'services', prefix: '/services/' },
    { name: 'named', prefix: '/named/', format: 'json' },
  ];
  const ask = (...args: string[]) => rollcall([...args, '-c', place.file], { uid: nobody });
  const unreadable = /decisions of `format: auto` in stateDir .*\/state cannot be read: .*EACCES/;

  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    await putKey(etcd, '/named/api/1', { ip: '192.0.2.3', port: 80 });
    place = await createPlace(etcd, { sources, targets });
    expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
    await chmod(place.dir, 0o755);
    // A new decision would be another one now.
    for (const id of [3, 4, 5, 6, 7]) await putKey(etcd, `/services/else/${id}`, { ip: `192.0.2.${id}`, port: 80 });
  });

  describe.runIf(process.getuid?.() === 0)('when `run` has decided a format', () => {
    it('services shows the sources that need no decision, says so, and exits 2', async () => {
      const { code, stdout, stderr } = await ask('services');
      expect(code).toBe(2);
      expect(stdout).toContain('192.0.2.3:80');
      expect(stdout).not.toMatch(/192\.0\.2\.[14567]:80/);
      expect(stderr).toMatch(unreadable);
      expect(stderr).toContain('(STATE_UNREADABLE)');
      const json = await ask('services', '-o', 'json');
      expect(json.code).toBe(2);
      expect(JSON.parse(json.stdout)).toMatchObject({
        sources: [{ source: 'named' }],
        failures: [{ sources: ['services'], code: 'STATE_UNREADABLE' }],
      });
    });

    it.each([['diff'], ['render', 'web'], ['validate'], ['services', '--watch']])(
      '%s says so, and exits 2',
      async (...args) => {
        const { code, stdout, stderr } = await ask(...args);
        expect(code).toBe(2);
        expect(stdout).not.toContain('192.0.2');
        expect(stderr).toMatch(unreadable);
      },
    );

    it('the user of rollcall gets the answer of `run`', async () => {
      const { code, stdout } = await rollcall(['services', '-c', place.file, '-o', 'json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ sources: [{ format: 'plain' }, { format: 'json' }], failures: [] });
    });

    it('does not concern configs that name their formats', async () => {
      const named = await createPlace(etcd, { sources: sources.slice(1), targets });
      await chmod(named.dir, 0o755);
      expect(await rollcall(['run', '--once', '-c', named.file])).toMatchObject({ code: 0 });
      expect(await rollcall(['services', '-c', named.file], { uid: nobody })).toMatchObject({ code: 0 });
      expect(await rollcall(['render', 'web', '-c', named.file], { uid: nobody })).toMatchObject({ code: 0 });
    });

    it('does not concern a stateDir that does not exist yet', async () => {
      const fresh = await createPlace(etcd, { sources, targets });
      await chmod(fresh.dir, 0o755);
      const { code, stdout } = await rollcall(['services', '-c', fresh.file], { uid: nobody });
      expect([code, stdout]).toEqual([0, expect.stringContaining('192.0.2.7:80')]);
      expect(await rollcall(['diff', '-c', fresh.file], { uid: nobody })).toMatchObject({ code: 1 });
    });
  });

  it('works beside a running rollcall, for the user of rollcall', async () => {
    const running = startRollcall(['run', '-c', place.file]);
    await running.line(({ msg }) => msg === 'watching', 'the watch');
    expect(await rollcall(['diff', '-c', place.file])).toMatchObject({ code: 0 });
    expect(await running.end()).toMatchObject({ code: 0 });
  });
});

describeWith('etcd', 'rollcall services, when etcd permits only some of the sources', () => {
  it('shows those, names the others with the reason, and exits 1', async () => {
    const etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await putKey(etcd, '/ours/web/1', '192.0.2.1:80');
    await putKey(etcd, '/theirs/db/1', '192.0.2.2:80');
    await addUser(etcd, { name: 'reader', password: 'right', prefix: '/ours/' });
    await enableAuth(etcd, 'root password');
    expect(await login(etcd, 'reader', 'right')).not.toBe('');
    const sources = ['theirs', 'ours'].map((name) => ({ name, prefix: `/${name}/` }));
    const place = await createPlace(etcd, { sources, targets });
    const env = { ETCDCTL_USER: 'reader', ETCDCTL_PASSWORD: 'right' };
    const ask = (...args: string[]) => rollcall([...args, '--timeout', '24h', '-c', place.file], { env });

    const { code, stdout, stderr } = await ask('services');
    expect([code, stdout]).toEqual([1, expect.stringContaining('192.0.2.1:80')]);
    expect(stderr).toMatch(/^rollcall: source theirs: cannot be listed: .*does not permit.*\n.*\(ETCD_DENIED\)\n$/m);
    const json = await ask('services', '-o', 'json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      sources: [{ source: 'ours', keys: 1 }],
      instances: [{ service: 'web' }],
      failures: [{ sources: ['theirs'], code: 'ETCD_DENIED' }],
    });
    const unknown = await ask('services', 'db');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('no instance of "db" is registered in the sources that could be read');
    // A target cannot be computed from some of its sources.
    expect(await ask('diff')).toMatchObject({ code: 2, stdout: '' });

    await place.write({ sources: sources.slice(0, 1), targets });
    expect(await ask('services')).toMatchObject({ code: 1, stdout: '' });
  });
});

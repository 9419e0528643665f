import { existsSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';

describeWith('etcd', 'a command whose user etcd refuses', () => {
  let etcd: EtcdServer;
  let token: string;
  beforeAll(async () => {
    etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(etcd, { name: 'web', password: 'open sesame', prefix: '/mine/' });
    await enableAuth(etcd, 'root');
    token = await login(etcd, 'root', 'root');
    await put('/mine/web/1');
    await put('/theirs/api/1');
  });

  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const put = (key: string) => etcd.api('kv/put', { key: encode(key), value: encode('192.0.2.1:80') }, token);

  const placeOf = (prefixes: Readonly<Record<string, string>>, auth?: object): Promise<Place> =>
    createPlace(etcd, {
      etcd: { endpoints: [etcd.endpoint], ...(auth && { auth }) },
      sources: Object.entries(prefixes).map(([name, prefix]) => ({ name, prefix, format: 'plain' })),
      targets: Object.keys(prefixes).map((name) => ({
        name,
        sources: [name],
        files: [{ path: `${name}.json`, template: 'json' }],
      })),
    });
  const right = { username: 'web', password: 'open sesame' };

  const refusals = [
    ['a wrong password', { username: 'web', password: 'guess' }, '/mine/', 'ETCD_LOGIN'],
    ['no user', undefined, '/mine/', 'ETCD_LOGIN'],
    ['a missing permission', right, '/theirs/', 'ETCD_DENIED'],
    ['a missing password file', { username: 'web', passwordFile: 'none' }, '/mine/', 'ETCD_PASSWORD_FILE'],
  ] as const;

  it.each(refusals)('ends with exit code 1 with %s: services --watch', async (_what, auth, prefix, code) => {
    const place = await placeOf({ services: prefix }, auth);
    for (const output of ['table', 'json']) {
      const ended = await rollcall(['services', '--watch', '-o', output, '-c', place.file]);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(
        new RegExp(`^rollcall: source services: cannot be listed: [^\\n]+\\n  [^\\n]+ \\(${code}\\)\\n$`),
      );
    }
  });

  it.each(refusals)('ends with exit code 1 with %s: run --once', async (_what, auth, prefix, code) => {
    const place = await placeOf({ services: prefix }, auth);
    const ended = await rollcall(['run', '--once', '--timeout', '10m', '-c', place.file]);
    expect(ended).toMatchObject({ code: 1, stdout: `services: not made (${code}): etcd refuses a source of it\n` });
    const lines = ended.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([
      expect.objectContaining({
        level: 'error',
        source: 'services',
        code,
        msg: 'etcd refuses the source: its targets are not made',
      }),
    ]);
    expect(ended.stderr).not.toContain('retry');
  });

  it.each([
    ['`etcd.auth`', right, {}],
    ['ETCDCTL_USER', undefined, { ETCDCTL_USER: 'web:open sesame' }],
  ])('names the denied range, the user, and where it comes from: %s', async (from, auth, env) => {
    const place = await placeOf({ services: '/theirs/' }, auth);
    const { code, stderr } = await rollcall(['services', '-c', place.file], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/: read \/theirs\/: etcd at \S+ does not permit this to the user "web"\n/);
    expect(stderr).toContain(`The user "web" comes from ${from}. Grant a role of this user the permission`);
    expect(stderr).not.toContain('open sesame');
  });

  it('makes the targets of permitted sources with run --once', async () => {
    const place = await placeOf({ mine: '/mine/', theirs: '/theirs/' }, right);
    const ended = await rollcall(['run', '--once', '--timeout', '10m', '-c', place.file]);
    expect(ended).toMatchObject({
      code: 1,
      stdout: 'mine: changed (1 created)\ntheirs: not made (ETCD_DENIED): etcd refuses a source of it\n',
    });
    expect(existsSync(place.at('theirs.json'))).toBe(false);
  });

  it('follows the permitted sources with services --watch, and the others when they are permitted', async () => {
    const place = await placeOf({ mine: '/mine/', later: '/later/' }, right);
    const text = startRollcall(['services', '--watch', '-c', place.file]);
    const json = startRollcall(['services', '--watch', '-o', 'json', '-c', place.file]);
    const events = (): Record<string, unknown>[] =>
      json
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const typed = (type: string) => () => events().find((event) => event.type === type);
    expect(await until(typed('refused'), { deadline: 20_000 })).toMatchObject({ source: 'later', code: 'ETCD_DENIED' });
    expect(await until(typed('synced'))).toMatchObject({ revisions: { mine: expect.any(String) as string } });
    await until(() => /^rollcall: source later: not listed: .*permits it$/m.test(text.stderr()), { deadline: 20_000 });
    await until(() => text.stdout().includes('= synced, mine at revision'));
    await put('/later/api/1');
    const perm = { permType: 'READ', key: encode('/later/'), range_end: encode('/later0') };
    await etcd.api('auth/role/grant', { name: 'web', perm }, token);
    await until(() => text.stdout().includes('+ api 192.0.2.1:80'), { deadline: 30_000 });
    await until(typed('live'), { deadline: 30_000 });
    expect(events().filter(({ type }) => type === 'synced')).toHaveLength(1);
    expect((await text.end('SIGINT')).code).toBe(0);
    expect((await json.end('SIGINT')).code).toBe(0);
  });

  it('survives a user that etcd refuses after the first list', async () => {
    const own = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(own, { name: 'web', password: 'open sesame', prefix: '/mine/' });
    await enableAuth(own, 'root');
    const place = await createPlace(own, {
      etcd: { endpoints: [own.endpoint], auth: right },
      sources: [{ name: 'mine', prefix: '/mine/', format: 'plain' }],
      targets: [{ name: 'mine', files: [{ path: 'mine.json', template: 'json' }] }],
    });
    const json = startRollcall(['services', '--watch', '-o', 'json', '-c', place.file]);
    await until(() => json.stdout().includes('"synced"'), { deadline: 20_000 });
    await own.api('auth/user/changepw', { name: 'web', password: 'another' }, await login(own, 'root', 'root'));
    await own.kill();
    await own.start();
    await until(() => /"type":"stale".*ETCD_LOGIN/.test(json.stdout()), { deadline: 30_000 });
    const again = await login(own, 'root', 'root');
    await own.api('auth/user/changepw', { name: 'web', password: 'open sesame' }, again);
    await until(() => json.stdout().includes('"type":"live"'), { deadline: 30_000 });
    expect((await json.end('SIGINT')).code).toBe(0);
    await own.stop();
  });
});

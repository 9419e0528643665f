import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { tempDir } from '../support/temp.js';
import { isAlive, startRegister, takeNotes } from './registering.js';
import { until } from '../support/poll.js';

describeWith('etcd', 'rollcall register … -- command, while etcd refuses', () => {
  let etcd: EtcdServer;
  let token: string;
  beforeAll(async () => {
    etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(etcd, { name: 'web', password: 'open sesame', prefix: '/mine/' });
    await enableAuth(etcd, 'root');
    token = await login(etcd, 'root', 'root');
  });

  async function keyOf(prefix: string): Promise<unknown> {
    const key = Buffer.from(`${prefix}web/a`).toString('base64');
    const { kvs = [] } = (await etcd.api('kv/range', { key }, token)) as { kvs?: unknown[] };
    return kvs[0];
  }

  async function configWith(password: string | undefined): Promise<{ config: string; passwordFile: string }> {
    const dir = await tempDir();
    const [config, passwordFile] = [join(dir, 'rollcall.yaml'), join(dir, 'password')];
    const block = { endpoints: [etcd.endpoint], auth: { username: 'web', passwordFile } };
    await writeFile(config, JSON.stringify({ etcd: block }), { mode: 0o600 });
    if (password !== undefined) await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    return { config, passwordFile };
  }

  it('starts the command with a wrong password, and registers it when the password file is corrected', async () => {
    const notes = await takeNotes();
    const { config, passwordFile } = await configWith('wrong');
    const args = ['web', `127.0.0.1:${notes.port}`, '--id', 'a', '--prefix', '/mine/', '-c', config, '--drain', '0'];
    const running = startRegister(etcd, [...args, ...notes.command('exit=7')]);
    await notes.line('listens');
    const line = await running.line(({ code, level }) => code === 'ETCD_LOGIN' && level === 'error', 'the refusal');
    expect(line.msg).toMatch(/^etcd refuses the key: starting the command/);
    await running.line(({ msg }) => msg === 'registering the service as passing failed: rollcall tries again', 'a try');
    expect(isAlive(notes)).toBe(true);
    await writeFile(passwordFile, 'open sesame\n');
    await until(() => keyOf('/mine/'), { deadline: 30_000, what: 'the key' });
    const ended = await running.end();
    expect(ended.code).toBe(7);
    expect(ended.stderr).not.toContain('open sesame');
    expect(await keyOf('/mine/')).toBeUndefined();
  });

  it('starts the command without a permission, and registers it when the permission is granted', async () => {
    const notes = await takeNotes();
    const { config } = await configWith('open sesame');
    const args = ['web', `127.0.0.1:${notes.port}`, '--id', 'a', '--prefix', '/later/', '-c', config, '--drain', '0'];
    const running = startRegister(etcd, [...args, ...notes.command('exit=0')]);
    await notes.line('listens');
    await running.line(({ code, level }) => code === 'ETCD_DENIED' && level === 'error', 'the refusal');
    const [key, range_end] = ['/later/', '/later0'].map((text) => Buffer.from(text).toString('base64'));
    const granting = await login(etcd, 'root', 'root');
    await etcd.api('auth/role/grant', { name: 'web', perm: { permType: 'READWRITE', key, range_end } }, granting);
    token = await login(etcd, 'root', 'root');
    await until(() => keyOf('/later/'), { deadline: 30_000, what: 'the key' });
    expect((await running.end()).code).toBe(0);
  });

  it('does not start the command, and exits with 2, when the password file cannot be read', async () => {
    const marker = join(await tempDir(), 'started');
    const missing = await configWith(undefined);
    const folder = await configWith(undefined);
    await mkdir(folder.passwordFile);
    for (const { config, passwordFile } of [missing, folder]) {
      const args = [
        'web',
        '127.0.0.1:80',
        '--prefix',
        '/mine/',
        '-c',
        config,
        '--check',
        'none',
        '--',
        'touch',
        marker,
      ];
      const { code, stderr } = await startRegister(etcd, args).ended;
      expect({ code, started: existsSync(marker) }).toEqual({ code: 2, started: false });
      expect(stderr).toContain('ETCD_PASSWORD_FILE');
      expect(stderr).toContain(passwordFile);
    }
  });

  it('ends with 1 without a command: nothing serves that could be registered later', async () => {
    const { config } = await configWith('wrong');
    const { code, stderr } = await startRegister(etcd, ['web', '127.0.0.1:80', '--prefix', '/mine/', '-c', config])
      .ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ETCD_LOGIN') as string });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { startProxy } from '../support/proxy.js';
import { tempDir } from '../support/temp.js';
import { clientOf, elapse, follow } from './follow.js';

describeWith('etcd', 'authentication to the system’s etcd', suite);
describeWith('etcd-current', 'authentication to a current etcd', suite);

const reader = { username: 'reader', password: 'correct horse' };

function suite(binary: string): void {
  let server: EtcdServer;
  let root: string;

  beforeAll(async () => {
    // A token lives a second (and is renewed by use); hashing is made cheap.
    server = await startEtcd({ binary, args: ['--auth-token-ttl', '1', '--bcrypt-cost', '4'] });
    await addUser(server, { name: reader.username, password: reader.password, prefix: '/ok/' });
    await enableAuth(server, 'root password');
    root = 'root password';
  });

  it('logs in, and again when the token has expired, for calls', async () => {
    const etcd = clientOf({ endpoints: [server.endpoint], auth: reader });
    await etcd.put('/ok/a', '1');
    await elapse(2500);
    await expect(etcd.range({ key: '/ok/a' })).resolves.toMatchObject({ entries: [{ value: '1' }] });
  });

  it('opens the watch again with a new token when the old one has expired', async () => {
    const proxy = await startProxy(server.port);
    const following = follow({ endpoints: [proxy.endpoint], auth: reader }, { keys: { prefix: '/ok/' } });
    await following.reaches('live');
    await elapse(2500);
    await proxy.refuse();
    const writer = clientOf({ endpoints: [server.endpoint], auth: reader });
    await writer.put('/ok/during', '1');
    await proxy.serve();
    await until(() => following.content.get('/ok/during') === '1');
    await writer.put('/ok/after', '1');
    await until(() => following.content.get('/ok/after') === '1');
    // The watch alone recovered: no list was needed.
    expect(following.source.counts.lists).toBe(1);
  });

  it('goes on when the server forgot every token', async () => {
    const following = follow({ endpoints: [server.endpoint], auth: reader }, { keys: { prefix: '/ok/' } });
    await following.reaches('live');
    await server.restart();
    await until(() => following.source.counts.watches > 1);
    await following.reaches('live');
    await clientOf({ endpoints: [server.endpoint], auth: reader }).put('/ok/restarted', '1');
    await until(() => following.content.get('/ok/restarted') === '1');
  });

  it('says that the password is wrong, and never shows it', async () => {
    const auth = { username: 'reader', password: 'incorrect horse' };
    const following = follow({ endpoints: [server.endpoint], auth }, { keys: { prefix: '/ok/' } });
    const state = await following.reaches('waiting');
    expect(state).toMatchObject({
      error: { code: 'ETCD_LOGIN', message: expect.stringMatching(/refuses the user or the password/) as unknown },
    });
    expect(JSON.stringify([following.states, following.log.lines])).not.toContain('incorrect horse');
  });

  it('uses a corrected password file without a restart', async () => {
    const passwordFile = join(await tempDir(), 'password');
    const auth = { username: 'reader', passwordFile };
    const following = follow({ endpoints: [server.endpoint], auth }, { keys: { prefix: '/ok/' } });
    await until(() =>
      following.states.some((state) => state.kind === 'waiting' && code(state.error) === 'ETCD_PASSWORD_FILE'),
    );
    await writeFile(passwordFile, 'wrong\n');
    await until(() => following.states.some((state) => state.kind === 'waiting' && code(state.error) === 'ETCD_LOGIN'));
    await writeFile(passwordFile, `${reader.password}\n`);
    await following.reaches('live');
  });

  it('says that etcd asks for a login when none is configured', async () => {
    await expect(clientOf(server).range({ key: '/ok/a' })).rejects.toMatchObject({ code: 'ETCD_LOGIN' });
  });

  it('says what is not permitted, and continues once it is', async () => {
    const following = follow({ endpoints: [server.endpoint], auth: reader }, { keys: { prefix: '/later/' } });
    await until(() =>
      following.states.some((state) => state.kind === 'waiting' && code(state.error) === 'ETCD_DENIED'),
    );
    const token = await login(server, 'root', root);
    const [key, range_end] = ['/later/', '/later0'].map((text) => Buffer.from(text).toString('base64'));
    await server.api('auth/role/grant', { name: 'reader', perm: { permType: 'READWRITE', key, range_end } }, token);
    await following.reaches('live');
  });

  it('needs no login where etcd has authentication switched off', async () => {
    const open = await startEtcd({ binary });
    const etcd = clientOf({ endpoints: [open.endpoint], auth: reader });
    await etcd.put('/ok/a', '1');
    // Authentication is turned on while the client runs: it logs in from then on.
    await addUser(open, { name: reader.username, password: reader.password, prefix: '/ok/' });
    await enableAuth(open, 'root password');
    await expect(etcd.range({ key: '/ok/a' })).resolves.toMatchObject({ entries: [{ value: '1' }] });
  });
}

function code(error: Error): unknown {
  return (error as { code?: unknown }).code;
}

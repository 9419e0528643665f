import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { askAdmin } from '../support/admin.js';
import { describeWith } from '../support/binaries.js';
import { createAuthority } from '../support/certificates.js';
import { rollcall, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const token = 'the-first-token-of-all';
const other = 'the-second-token-of-all';

describeWith('etcd', 'where the admin server listens', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  const configWith = (admin: object): object => ({
    admin,
    sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
    targets: [{ name: 'nginx', files: [{ path: 'out', template: 'json' }] }],
  });

  async function run(place: Place): Promise<Running> {
    const running = startRollcall(['run', '-c', place.file]);
    await running.line(
      ({ msg, listen }) => msg === 'the admin server listens' && listen === 'admin.sock',
      'the socket',
    );
    return running;
  }

  const bySocket = (place: Place, path: string) => askAdmin({ socketPath: place.at('state', 'admin.sock'), path });
  const status = async (port: number, word?: string): Promise<number> => {
    const headers = word === undefined ? {} : { authorization: `Bearer ${word}` };
    return (await askAdmin({ host: '127.0.0.1', port, path: '/api/status', headers })).status;
  };

  it('follows an edit of its address and of the file of its token', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const place = await createPlace(etcd, configWith({ listen: `127.0.0.1:${first}`, tokenFile: './token' }));
    await writeFile(place.at('token'), `${token}\n`, { mode: 0o600 });
    const running = await run(place);
    await until(async () => (await status(first, token)) === 200, { what: 'the first token' });
    await writeFile(place.at('token'), other);
    await until(async () => (await status(first, other)) === 200, { what: 'the second token' });
    expect(await status(first, token)).toBe(401);
    await place.write(configWith({ listen: `127.0.0.1:${second}`, tokenFile: './token' }));
    running.send('SIGHUP');
    await until(async () => (await status(second, other)) === 200, { what: 'the second address' });
    await expect(status(first, other)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // A token of one character would be none.
    await writeFile(place.at('token'), 'x');
    const line = await running.line(({ code }) => code === 'ADMIN_UNAVAILABLE', 'the refused token');
    expect(line).toMatchObject({ listen: `127.0.0.1:${second}` });
    expect(JSON.stringify(line)).toContain('at least 16 characters');
    expect((await bySocket(place, '/readyz')).status).toBe(200);
    await running.end();
    for (const word of [token, other]) expect(running.stderr()).not.toContain(word);
  });

  it('waits for an address that another program uses, and works meanwhile', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const place = await createPlace(etcd, configWith({ listen: `127.0.0.1:${port}` }));
    const running = await run(place);
    const line = await running.line(({ msg }) => msg === 'the admin server cannot listen', 'the refusal');
    expect(line).toMatchObject({ listen: `127.0.0.1:${port}`, code: 'ADMIN_UNAVAILABLE' });
    expect(JSON.stringify(line)).toContain('EADDRINUSE');
    await until(async () => (await bySocket(place, '/readyz')).status === 200, { what: 'in step' });
    await new Promise((resolve) => holder.close(resolve));
    await until(async () => (await status(port)) === 200, { what: 'the address', deadline: 20_000 });
  });

  it('takes the place of a socket that a killed process left, and removes it at its end', async () => {
    const place = await createPlace(etcd, configWith({}));
    const killed = await run(place);
    await killed.end('SIGKILL');
    expect((await stat(place.at('state', 'admin.sock'))).isSocket()).toBe(true);
    const running = await run(place);
    await until(async () => (await bySocket(place, '/livez')).status === 200, { what: 'the socket' });
    await running.end();
    await expect(stat(place.at('state', 'admin.sock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('opens its socket in a state directory whose path is longer than a socket may have', async () => {
    const place = await createPlace(etcd, {});
    const stateDir = place.at(...Array.from({ length: 6 }, () => 'a-directory-with-a-long-name'));
    await place.write({ ...configWith({}), stateDir });
    await run(place);
    expect((await stat(join(stateDir, 'admin.sock'))).mode & 0o777).toBe(0o600);
    await until(async () => (await rollcall(['status', '-c', place.file])).code === 0, { what: 'in step' });
  });

  it('speaks TLS, and takes a certificate of its authority instead of the token, to read only', async () => {
    const [ours, theirs] = [createAuthority(), createAuthority('another authority')];
    const [server, client, stranger] = [ours.issue(['127.0.0.1']), ours.issue(['client']), theirs.issue(['client'])];
    const port = await freePort();
    const tls = { cert: './server.crt', key: './server.key', ca: './ca.crt' };
    const place = await createPlace(etcd, configWith({ listen: `127.0.0.1:${port}`, token, tls }));
    await writeFile(place.at('server.crt'), server.cert);
    await writeFile(place.at('server.key'), server.key, { mode: 0o600 });
    await writeFile(place.at('ca.crt'), ours.cert);
    const running = await run(place);
    await running.line(({ msg, listen }) => msg === 'the admin server listens' && listen !== 'admin.sock', 'HTTPS');

    const ask = (path: string, options: RequestOptions = {}): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, path, ca: ours.cert, agent: false, ...options }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.on('error', reject);
        asked.end();
      });
    const resync = { method: 'POST' };
    const path = '/api/targets/nginx/resync';
    const bearer = { headers: { authorization: `Bearer ${token}` } };
    expect(await ask('/livez')).toBe(200);
    expect(await ask('/api/status')).toBe(401);
    expect(await ask('/api/status', bearer)).toBe(200);
    expect(await ask('/api/status', client)).toBe(200);
    expect(await ask('/api/status', stranger)).toBe(401);
    expect(await ask(path, { ...resync, ...client })).toBe(401);
    expect(await ask(path, { ...resync, ...bearer })).toBe(200);
    await expect(askAdmin({ host: '127.0.0.1', port, path: '/livez' })).rejects.toThrow();

    // A renewed certificate is used without a restart.
    const renewed = theirs.issue(['127.0.0.1']);
    await writeFile(place.at('server.crt'), renewed.cert);
    await writeFile(place.at('server.key'), renewed.key);
    await until(async () => (await ask('/livez', { ca: theirs.cert })) === 200, { what: 'the renewed certificate' });
    await expect(ask('/livez')).rejects.toThrow();
  });
});

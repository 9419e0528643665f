import { rename, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { createAuthority, type Certificate } from '../support/certificates.js';
import { startRollcall } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { countRanges } from '../support/ranges.js';
import { tempDir } from '../support/temp.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const config = (etcd: object): object => ({
  etcd,
  sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
  targets: [{ name: 'web', files: [{ path: 'web.json', template: 'json' }] }],
});

/** Replaces a file as a whole, as programs that renew secrets do. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function holds(place: Place, text: string, every?: number): Promise<unknown> {
  const read = (): Promise<string> => readFile(place.at('web.json'), 'utf8').catch(() => '');
  return until(async () => (await read()).includes(text), { what: text, every });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describeWith('etcd', 'a password file that changes while rollcall runs', () => {
  let etcd: EtcdServer;
  let root: string;
  beforeAll(async () => {
    etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(etcd, { name: 'reader', password: 'first', prefix: '/services/' });
    await enableAuth(etcd, 'root password');
    root = await login(etcd, 'root', 'root password');
  });
  const put = (key: string, value: string): Promise<unknown> =>
    etcd.api('kv/put', { key: base64(key), value: base64(value) }, root);

  it('is used at once, without a list; if etcd refuses the new password, the connection stays', async () => {
    await put('/services/web/1', '192.0.2.1:8001');
    const place = await createPlace(etcd, {});
    await replace(place.at('password'), 'first');
    const block = { endpoints: [etcd.endpoint], auth: { username: 'reader', passwordFile: 'password' } };
    await place.write(config(block));
    const rollcall = startRollcall(['run', '-c', place.file]);
    await holds(place, '8001');
    const ranges = await countRanges(etcd);

    await replace(place.at('password'), 'wrong');
    const refused = await rollcall.line(({ msg }) => msg.startsWith('etcd does not accept'), 'the refusal');
    expect(refused).toMatchObject({ level: 'error', code: 'ETCD_LOGIN', files: [place.at('password')] });
    await put('/services/web/2', '192.0.2.1:8002');
    await holds(place, '8002');

    await etcd.api('auth/user/changepw', { name: 'reader', password: 'second' }, root);
    await replace(place.at('password'), 'second');
    await rollcall.line(({ msg }) => msg === 'connected to etcd again, with the changed files', 'the new login');
    await put('/services/web/3', '192.0.2.1:8003');
    await holds(place, '8003');
    expect(await countRanges(etcd)).toBe(ranges);
    expect(rollcall.stderr()).not.toMatch(/"(first|wrong|second)"/);
    await rollcall.end();
  });
});

describeWith('etcd', 'TLS files that change while rollcall runs', () => {
  const authority = createAuthority();
  let dir: string;
  const file = (name: string): string => join(dir, name);
  const write = async (name: string, { cert, key }: Certificate): Promise<{ cert: string; key: string }> => {
    await replace(file(`${name}.cert`), cert);
    await replace(file(`${name}.key`), key);
    return { cert: file(`${name}.cert`), key: file(`${name}.key`) };
  };

  it('are used at once, without a list; if etcd refuses the new files, the connection stays', async () => {
    dir = await tempDir();
    await write('ca', authority);
    const server = await write('server', authority.issue(['127.0.0.1']));
    const client = await write('client', authority.issue(['client']));
    const metrics = `http://127.0.0.1:${await freePort()}`;
    const etcd = await startEtcd({
      args: ['--listen-metrics-urls', metrics],
      tls: { ...server, clientCa: file('ca.cert'), probe: { ca: authority.cert, ...authority.issue(['probe']) } },
    });
    const put = (key: string, value: string): Promise<unknown> =>
      etcd.api('kv/put', { key: base64(key), value: base64(value) });
    await put('/services/web/1', '192.0.2.1:8001');
    const tls = { ca: file('ca.cert'), ...client };
    const place = await createPlace(etcd, config({ endpoints: [etcd.endpoint], tls }));
    const rollcall = startRollcall(['run', '-c', place.file]);
    await holds(place, '8001');
    const ranges = await countRanges({ endpoint: metrics });

    await write('client', createAuthority('another authority').issue(['client']));
    await rollcall.line(({ msg }) => msg.startsWith('etcd does not accept'), 'the refusal');
    await put('/services/web/2', '192.0.2.1:8002');
    await holds(place, '8002');

    // A certificate comes before its key: the old connection serves on, for as long as that takes.
    await replace(file('client.cert'), authority.issue(['client']).cert);
    const began = performance.now();
    for (let port = 9000; performance.now() - began < 12_000; port += 1) {
      await put('/services/web/2', `192.0.2.1:${port}`);
      await holds(place, String(port), 250);
    }
    expect(rollcall.lines().filter(({ msg }) => msg === 'waiting for etcd')).toEqual([]);

    await write('client', authority.issue(['client']));
    await rollcall.line(({ msg }) => msg === 'connected to etcd again, with the changed files', 'the new connection');
    await put('/services/web/3', '192.0.2.1:8003');
    await holds(place, '8003');
    expect(await countRanges({ endpoint: metrics })).toBe(ranges);
    expect(rollcall.lines().filter(({ msg }) => msg === 'listed')).toHaveLength(1);
    await rollcall.end();
  });
});

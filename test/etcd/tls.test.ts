import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { createAuthority, type Certificate } from '../support/certificates.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { clientOf, follow } from './follow.js';

describeWith('etcd', 'TLS to the system’s etcd', suite);
describeWith('etcd-current', 'TLS to a current etcd', suite);

function suite(binary: string): void {
  const authority = createAuthority();
  const stranger = createAuthority('somebody else');
  let dir: string;
  let plainTls: EtcdServer;
  let mutual: EtcdServer;

  const file = (name: string): string => join(dir, name);
  async function write(name: string, { cert, key }: Certificate): Promise<{ cert: string; key: string }> {
    // Replaced by a rename, as tools that renew certificates do.
    for (const [kind, text] of [
      ['cert', cert],
      ['key', key],
    ] as const) {
      await writeFile(file(`${name}.${kind}.new`), text, { mode: 0o600 });
      await rename(file(`${name}.${kind}.new`), file(`${name}.${kind}`));
    }
    return { cert: file(`${name}.cert`), key: file(`${name}.key`) };
  }

  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  afterAll(() => {
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  beforeAll(async () => {
    process.on('warning', warn);
    dir = await tempDir();
    await write('ca', authority);
    await write('stranger', stranger);
    const server = await write('server', authority.issue(['127.0.0.1']));
    const named = await write('named', authority.issue(['etcd.example.com', '127.0.0.1']));
    const probe = authority.issue(['probe']);
    [plainTls, mutual] = await Promise.all([
      startEtcd({ binary, tls: { ...server, probe: { ca: authority.cert } } }),
      startEtcd({ binary, tls: { ...named, clientCa: file('ca.cert'), probe: { ca: authority.cert, ...probe } } }),
    ]);
  });

  it('trusts the configured authority, for an IP address', async () => {
    const etcd = clientOf({ endpoints: [plainTls.endpoint], tls: { ca: file('ca.cert') } });
    await etcd.put('/a', '1');
    await expect(etcd.range({ key: '/a' })).resolves.toMatchObject({ entries: [{ value: '1' }] });
  });

  it('refuses a server of another authority, and says why', async () => {
    const etcd = clientOf({ endpoints: [plainTls.endpoint], tls: { ca: file('stranger.cert') } });
    await expect(etcd.range({ key: '/a' })).rejects.toMatchObject({
      code: 'ETCD_TLS',
      message: expect.stringMatching(/certificate/) as unknown,
    });
  });

  it('refuses a certificate of another name unless the name is configured', async () => {
    const tls = { ca: file('ca.cert') };
    const byName = `https://localhost:${plainTls.port}`;
    await expect(clientOf({ endpoints: [byName], tls }).range({ key: '/a' })).rejects.toMatchObject({
      code: 'ETCD_TLS',
    });
    const etcd = clientOf({ endpoints: [byName], tls: { ...tls, serverName: '127.0.0.1' } });
    await expect(etcd.status()).resolves.toMatchObject({ version: expect.stringMatching(/^3\./) as unknown });
  });

  it('follows a prefix with a client certificate and a configured server name', async () => {
    const tls = {
      ca: file('ca.cert'),
      serverName: 'etcd.example.com',
      ...(await write('client', authority.issue(['client']))),
    };
    const following = follow({ endpoints: [`localhost:${mutual.port}`], tls }, { keys: { prefix: '/m/' } });
    await following.reaches('live');
    await following.etcd.put('/m/a', '1');
    await until(() => following.content.get('/m/a') === '1');
  });

  it('names the missing client certificate', async () => {
    const etcd = clientOf({ endpoints: [mutual.endpoint], tls: { ca: file('ca.cert') } });
    await expect(etcd.range({ key: '/a' })).rejects.toMatchObject({
      code: expect.stringMatching(/^ETCD_(TLS|UNREACHABLE)$/) as unknown,
    });
  });

  it('uses renewed certificate files without a restart', async () => {
    const tls = { ca: file('ca.cert'), ...(await write('renewed', stranger.issue(['client']))) };
    const following = follow({ endpoints: [mutual.endpoint], tls }, { keys: { prefix: '/r/' } });
    await following.reaches('waiting');
    await write('renewed', authority.issue(['client']));
    await following.reaches('live');
  });

  it('says which file cannot be read, and continues once it can', async () => {
    const tls = { ca: file('late.cert') };
    const following = follow({ endpoints: [plainTls.endpoint], tls }, { keys: { prefix: '/l/' } });
    const state = await following.reaches('waiting');
    expect(state).toMatchObject({
      error: { code: 'ETCD_TLS_FILES', message: expect.stringContaining(file('late.cert')) as unknown },
    });
    await write('late', authority);
    await following.reaches('live');
  });

  it('refuses a key that does not belong to its certificate', async () => {
    const { cert } = await write('one', authority.issue(['client']));
    const { key } = await write('two', authority.issue(['client']));
    const etcd = clientOf({ endpoints: [mutual.endpoint], tls: { ca: file('ca.cert'), cert, key } });
    await expect(etcd.status()).rejects.toMatchObject({ code: 'ETCD_TLS_FILES' });
  });
}

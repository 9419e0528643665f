import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { createAuthority } from '../support/certificates.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';
import { registering } from '../registrar/registering.js';
import { clientOf, fast, follow, type Following } from '../etcd/follow.js';

for (const [binary, title] of [
  ['etcd', 'the system’s etcd'],
  ['etcd-current', 'a current etcd'],
] as const) {
  describeWith(binary, `a restart of ${title} with TLS and simple tokens`, (path) => {
    suite(path, () => Promise.resolve([]));
  });
  describeWith(binary, `a restart of ${title} with TLS and another key for its jwt`, (path) => {
    suite(path, jwtArgs);
  });
}

const auth = { username: 'reader', password: 'correct horse' };

// A source that waits for this delay fails the test: only a new connection and a new login are in time.
const timing = { ...fast, backoff: { base: 120_000, cap: 120_000 } };

/** Signs tokens with a new key, so that no token from before is known. */
async function jwtArgs(): Promise<string[]> {
  const dir = await tempDir();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const [pub, priv] = [join(dir, 'pub'), join(dir, 'priv')];
  await writeFile(pub, publicKey);
  await writeFile(priv, privateKey, { mode: 0o600 });
  return ['--auth-token', `jwt,pub-key=${pub},priv-key=${priv},sign-method=RS256,ttl=10m`];
}

function suite(binary: string, tokenArgs: () => Promise<string[]>): void {
  let server: EtcdServer;
  let connection: Parameters<typeof clientOf>[0] & { endpoints: string[] };

  beforeAll(async () => {
    const dir = await tempDir();
    const authority = createAuthority();
    const { cert, key } = authority.issue(['127.0.0.1']);
    const file = (name: string): string => join(dir, name);
    await writeFile(file('ca'), authority.cert, { mode: 0o600 });
    await writeFile(file('cert'), cert);
    await writeFile(file('key'), key, { mode: 0o600 });
    server = await startEtcd({
      binary,
      args: ['--bcrypt-cost', '4', ...(await tokenArgs())],
      tls: { cert: file('cert'), key: file('key'), probe: { ca: authority.cert } },
    });
    await addUser(server, { name: auth.username, password: auth.password, prefix: '/ok/' });
    await enableAuth(server, 'root password');
    connection = { endpoints: [server.endpoint], tls: { ca: file('ca') }, auth };
  });

  const codesOf = ({ states }: Following): unknown[] =>
    states.flatMap((state) => (state.kind === 'waiting' ? [(state.error as { code?: unknown }).code] : []));

  it('is followed by a new login at once, and by no error about the login', async () => {
    const following = follow(connection, { keys: { prefix: '/ok/' }, timing });
    await following.reaches('live');
    for (const round of ['1', '2', '3']) {
      await server.kill();
      await until(() => codesOf(following).length === Number(round), { what: 'the outage' });
      await server.start({ args: await tokenArgs() });
      await following.reaches('live', 20_000);
      await clientOf(connection).put('/ok/round', round);
      await until(() => following.content.get('/ok/round') === round);
    }
    expect(codesOf(following)).toEqual(['ETCD_UNREACHABLE', 'ETCD_UNREACHABLE', 'ETCD_UNREACHABLE']);
    // Each watch went on after its last event.
    expect(following.source.counts).toMatchObject({ lists: 1, watches: 4 });
  });

  it('leaves a registration where it is, and does not refuse its next change', async () => {
    const { register, log } = registering(connection);
    const { handle, said } = await register(
      { service: 'web', id: '1', address: '10.0.0.1', port: 80 },
      { prefix: '/ok/', ttl: 20_000 },
    );
    await server.restart({ args: await tokenArgs() });
    await handle.update({ weight: 3 });
    expect(said()).toEqual(['registered registered', 'registered updated']);
    expect(JSON.stringify(log.lines)).not.toMatch(/ETCD_LOGIN|ETCD_TOKEN/);
  });

  it('needs no repetition by the caller: neither of a read nor of a write', async () => {
    const etcd = clientOf({ callTimeout: 20_000, dialTimeout: 20_000, ...connection });
    await etcd.put('/ok/a', '1');
    await server.restart({ args: await tokenArgs() });
    await etcd.put('/ok/a', '2');
    await server.restart({ args: await tokenArgs() });
    await expect(etcd.range({ key: '/ok/a' })).resolves.toMatchObject({ entries: [{ value: '2' }] });
  });

  it('is the same as a change of the users, which makes the tokens of jwt old', async () => {
    const etcd = clientOf(connection);
    await etcd.put('/ok/b', '1');
    const user = { name: 'other', password: 'other', prefix: '/other/' };
    await addUser(server, user, await login(server, 'root', 'root password')).catch((error: unknown) => {
      // A jwt is already old after the first of the changes.
      if (!String(error).includes('revision of auth store is old')) throw error;
    });
    await etcd.put('/ok/b', '2');
    const following = follow(connection, { keys: { prefix: '/ok/' }, timing });
    await following.reaches('live');
    expect(following.content.get('/ok/b')).toBe('2');
  });

  it('still shows a wrong password as what it is', async () => {
    const following = follow(
      { ...connection, auth: { ...auth, password: 'incorrect horse' } },
      { keys: { prefix: '/ok/' } },
    );
    await server.restart({ args: await tokenArgs() });
    await until(() => codesOf(following).includes('ETCD_LOGIN'));
    expect(codesOf(following)).not.toContain('ETCD_TOKEN');
  });
}

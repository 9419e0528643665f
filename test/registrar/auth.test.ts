import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { addUser, enableAuth, login, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { clientOf, elapse } from '../etcd/follow.js';
import { patient, registering } from './registering.js';

describeWith('etcd', 'a registrar with a password on the system’s etcd', suite);
describeWith('etcd-current', 'a registrar with a password on a current etcd', suite);

const web = { service: 'web', id: '1', address: '10.0.0.1', port: 8080 };
const auth = { username: 'writer', password: 'correct horse' };
const ttl = 3000;

function suite(binary: string): void {
  let server: EtcdServer;

  beforeAll(async () => {
    // A token expires after a second without use. Hashing is made cheap.
    server = await startEtcd({ binary, args: ['--auth-token-ttl', '1', '--bcrypt-cost', '4'] });
    await addUser(server, { name: auth.username, password: auth.password, prefix: '/ok/' });
    await enableAuth(server, 'root password');
  });

  const entries = async () =>
    (await clientOf({ endpoints: [server.endpoint], auth }).range({ prefix: '/ok/' })).entries;

  it('keeps its key while tokens expire or are lost, and can still change and delete it', async () => {
    const { register } = registering({ endpoints: [server.endpoint], auth });
    const { handle } = await register(web, { prefix: '/ok/', ttl });
    const [before] = await entries();
    await elapse(2 * ttl);
    expect(await entries()).toEqual([before]);
    expect(handle.state).toBe('registered');
    await server.restart();
    await handle.update({ weight: 4 });
    await until(async () => (await entries())[0]?.value.includes('"weight":4'), patient);
    expect(await entries()).toHaveLength(1);
    await handle.deregister();
    expect(await entries()).toEqual([]);
  });

  it('rejects at once what etcd does not permit, whatever the timeout', async () => {
    const { register } = registering({ endpoints: [server.endpoint], auth });
    const denied = register(web, { prefix: '/forbidden/', timeout: Infinity });
    await expect(denied).rejects.toMatchObject({
      code: 'ETCD_DENIED',
      message: expect.stringContaining('/forbidden/web/1') as unknown,
    });
    await expect(denied).rejects.not.toThrow(/10\.0\.0\.1/);
  });

  it('rejects at once when it cannot log in', async () => {
    for (const options of [{}, { auth: { ...auth, password: 'incorrect horse' } }]) {
      const { register } = registering({ endpoints: [server.endpoint], ...options });
      const refused = register(web, { prefix: '/ok/', timeout: Infinity });
      await expect(refused).rejects.toMatchObject({ code: 'ETCD_LOGIN' });
      await expect(refused).rejects.not.toThrow(/incorrect/);
    }
  });

  it('rejects a change that is no longer permitted, and makes it once it is permitted', async () => {
    const token = await login(server, 'root', 'root password');
    const role = { role: 'writer', key: Buffer.from('/ok/').toString('base64'), range_end: 'L29rMA==' };
    const { register } = registering({ endpoints: [server.endpoint], auth });
    const { handle, said } = await register(web, { prefix: '/ok/', ttl });
    await server.api('auth/role/revoke', role, token);
    await expect(handle.update({ weight: 6 })).rejects.toMatchObject({ code: 'ETCD_DENIED' });
    expect(handle.registration.weight).toBe(6);
    const again = await login(server, 'root', 'root password');
    const perm = { permType: 'READWRITE', key: role.key, range_end: role.range_end };
    await server.api('auth/role/grant', { name: 'writer', perm }, again);
    await until(async () => (await entries())[0]?.value.includes('"weight":6'), patient);
    // etcd shows the value before its answer reaches the registrar.
    await until(() => said().includes('registered updated'), patient);
  });
  it('can still change the other registrations of a lease when one is no longer permitted', async () => {
    const prefix = {
      key: Buffer.from('/also/').toString('base64'),
      range_end: Buffer.from('/also0').toString('base64'),
    };
    const perm = { permType: 'READWRITE', ...prefix };
    await server.api('auth/role/grant', { name: 'writer', perm }, await login(server, 'root', 'root password'));
    const { register } = registering({ endpoints: [server.endpoint], auth });
    const lasting = await register(web, { prefix: '/ok/', ttl });
    const denied = await register(web, { prefix: '/also/', ttl });
    await server.api('auth/role/revoke', { role: 'writer', ...prefix }, await login(server, 'root', 'root password'));
    await expect(denied.handle.update({ weight: 7 })).rejects.toMatchObject({ code: 'ETCD_DENIED' });
    // etcd 3.7 refuses the keepalive of a lease with a denied key: the other registrations move to another lease.
    await elapse(2 * ttl);
    await until(() => lasting.handle.state === 'registered', patient);
    await lasting.handle.update({ weight: 8 });
    expect((await entries())[0]?.value).toContain('"weight":8');
    const late = await register({ ...web, id: '2' }, { prefix: '/ok/', ttl });
    expect(late.said()).toEqual(['registered registered']);
    await elapse(ttl);
    expect([lasting.handle.state, late.handle.state]).toEqual(['registered', 'registered']);
    expect(await entries()).toHaveLength(2);
    await server.api('auth/role/grant', { name: 'writer', perm }, await login(server, 'root', 'root password'));
  });
}

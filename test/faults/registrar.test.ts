import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { clientOf, elapse, newPrefix } from '../etcd/follow.js';
import { keysOf, leasesOf, patient, registering } from '../registrar/registering.js';

describeWith('etcd', 'what a registrar makes of faults of the system’s etcd', suite);
describeWith('etcd-current', 'what a registrar makes of faults of a current etcd', suite);

const web = { service: 'web', id: '1', address: '10.0.0.1', port: 8080 };
/** The shortest TTL that etcd grants, in milliseconds. */
const ttl = 2000;

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('keeps its key and its lease when etcd restarts', async () => {
    const own = await startEtcd({ binary });
    const { register } = registering(own);
    const { handle } = await register(web, { prefix: '/a/', ttl: 60_000 });
    const [before] = await keysOf(own, '/a/');
    await own.restart();
    await handle.update({ weight: 2 });
    const after = await keysOf(own, '/a/');
    expect(after).toMatchObject([{ lease: before?.lease, createRevision: before?.createRevision }]);
    expect(after[0]?.value).toContain('"weight":2');
    expect(handle.state).toBe('registered');
    expect(await leasesOf(own)).toEqual([before?.lease]);
  });

  it('puts the key back after etcd was away for longer than the TTL', async () => {
    const own = await startEtcd({ binary });
    const { register } = registering(own);
    const { handle, says, said } = await register(web, { prefix: '/a/', ttl });
    await own.kill();
    await says('lost keepalive-overdue');
    await own.start();
    await says('registered restored');
    // etcd gives every lease its whole TTL again when it starts. So the old lease may still be alive; then it stays in use.
    expect(said().filter((text) => !text.startsWith('lost'))).toEqual(['registered registered', 'registered restored']);
    const [entry, ...others] = await keysOf(own, '/a/');
    expect(others).toEqual([]);
    expect(handle.state).toBe('registered');
    await expect(clientOf(own).timeToLive(entry?.lease ?? '')).resolves.toMatchObject({ keys: [entry?.key] });
  });

  it('reports nothing when a cut is shorter than the TTL', async () => {
    const proxy = await startProxy(server.port);
    const prefix = newPrefix();
    const { register } = registering({ endpoints: [proxy.endpoint] });
    const { handle, said } = await register(web, { prefix, ttl: 30_000 });
    const before = await keysOf(server, prefix);
    await proxy.refuse();
    await proxy.serve();
    proxy.cut();
    await handle.update({});
    expect(await keysOf(server, prefix)).toMatchObject([{ lease: before[0]?.lease }]);
    expect(said()).toEqual(['registered registered', 'registered updated']);
  });

  it('reports `lost` in a partition longer than the TTL, and puts the key back under a new lease', async () => {
    const proxy = await startProxy(server.port);
    const prefix = newPrefix();
    const { register } = registering({ endpoints: [proxy.endpoint] });
    const { handle, says, said, changes } = await register(web, { prefix, ttl });
    const [before] = await keysOf(server, prefix);
    proxy.swallow();
    await says('lost keepalive-overdue');
    expect(changes.at(-1)).toMatchObject({ before: 'registered', error: { code: 'ETCD_UNREACHABLE' } });
    // While it is lost, a change waits for the next put.
    await handle.update({ weight: 3 });
    await until(async () => (await keysOf(server, prefix)).length === 0, { ...patient, what: 'the end of the lease' });
    await proxy.serve();
    await says('registered restored');
    const after = await keysOf(server, prefix);
    expect(after).toHaveLength(1);
    expect(after[0]?.lease).not.toBe(before?.lease);
    expect(after[0]?.value).toContain('"weight":3');
    expect(said()).toEqual([
      'registered registered',
      'lost keepalive-overdue',
      'lost lease-gone',
      'registered restored',
    ]);
  });

  it('puts the key back when the store was wiped', async () => {
    const own = await startEtcd({ binary });
    const { register } = registering(own);
    const { says, said } = await register(web, { prefix: '/a/', ttl: 6000 });
    await own.restart({ wipe: true });
    await says('registered restored');
    expect(said().at(-2)).toBe('lost lease-gone');
    const [entry, ...others] = await keysOf(own, '/a/');
    expect(others).toEqual([]);
    expect(await leasesOf(own)).toEqual([entry?.lease]);
  });

  it('puts the key back when its lease was revoked', async () => {
    const prefix = newPrefix();
    const { register } = registering(server);
    const { says, said } = await register(web, { prefix, ttl });
    const [before] = await keysOf(server, prefix);
    await clientOf(server).revoke(before?.lease ?? '');
    await says('registered restored');
    expect(said()).toEqual(['registered registered', 'lost lease-gone', 'registered restored']);
    const after = await keysOf(server, prefix);
    expect(after).toMatchObject([{ value: before?.value }]);
    expect(after[0]?.lease).not.toBe(before?.lease);
  });

  it('puts the key back when another writer deleted it', async () => {
    const prefix = newPrefix();
    const { register } = registering(server);
    const { says, said } = await register(web, { prefix, ttl });
    const [before] = await keysOf(server, prefix);
    await clientOf(server).delete(before?.key ?? '');
    await says('registered restored');
    expect(said()).toEqual(['registered registered', 'lost key-gone', 'registered restored']);
    expect(await keysOf(server, prefix)).toMatchObject([{ value: before?.value, lease: before?.lease }]);
  });

  it.each(['without a lease', 'under a lease'])(
    'leaves a key that another writer wrote %s, and puts its own back when that key is gone',
    async (how) => {
      const prefix = newPrefix();
      const { register } = registering(server);
      const { says, said, handle } = await register(web, { prefix, ttl, takeOver: true });
      const etcd = clientOf(server);
      const { lease } = await etcd.grant(60_000);
      await etcd.put(handle.key, 'theirs', how === 'under a lease' ? { lease } : {});
      const theirs = await keysOf(server, prefix);
      await says('lost key-taken');
      // Several rounds later the other writer still has it.
      await elapse(ttl);
      expect(await keysOf(server, prefix)).toEqual(theirs);
      await etcd.delete(handle.key);
      await says('registered restored');
      expect(said()).toEqual(['registered registered', 'lost key-taken', 'registered restored']);
      expect(await keysOf(server, prefix)).toMatchObject([{ value: expect.stringContaining('10.0.0.1') as unknown }]);
    },
  );

  it('leaves the key to the newer of two processes with one id, and registers again when that one leaves', async () => {
    const prefix = newPrefix();
    const [older, newer] = [registering(server), registering(server)];
    const first = await older.register(web, { prefix, ttl });
    const [before] = await keysOf(server, prefix);
    const second = await newer.register(web, { prefix, ttl });
    expect(second.said()).toEqual(['registered adopted']);
    const held = await keysOf(server, prefix);
    expect(held).toHaveLength(1);
    expect(held[0]?.lease).not.toBe(before?.lease);
    await first.says('lost key-taken');
    await elapse(ttl);
    expect(await keysOf(server, prefix)).toEqual(held);
    expect(second.said()).toEqual(['registered adopted']);
    await second.handle.deregister();
    await first.says('registered restored');
    expect(await keysOf(server, prefix)).toMatchObject([{ lease: before?.lease }]);
  });

  it('moves to another endpoint before its lease expires', async () => {
    const prefix = newPrefix();
    const proxy = await startProxy(server.port);
    const { register, etcd } = registering({ endpoints: [proxy.endpoint, server.endpoint], callTimeout: 60_000 });
    const { said } = await register(web, { prefix, ttl: 6000 });
    const [before] = await keysOf(server, prefix);
    proxy.swallow();
    await until(() => etcd.endpoint === server.endpoint, { ...patient, what: 'the other endpoint' });
    await elapse(6000);
    expect(await keysOf(server, prefix)).toEqual([before]);
    expect(said()).toEqual(['registered registered']);
  });

  it('waits for etcd when it registers, and rejects after the timeout', async () => {
    const port = await freePort();
    const { register } = registering({ endpoints: [`http://127.0.0.1:${port}`] });
    const late = register({ ...web, id: 'late' }, { prefix: '/a/', timeout: 700 });
    await expect(late).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' });
    const waiting = register(web, { prefix: '/a/', timeout: Infinity });
    const own = await startEtcd({ binary, port });
    const { said } = await waiting;
    expect(said()).toEqual(['registered registered']);
    expect((await keysOf(own, '/a/')).map(({ key }) => key)).toEqual(['/a/web/1']);
    expect(await leasesOf(own)).toHaveLength(1);
  });

  it('stops waiting when the signal aborts, and leaves nothing in etcd', async () => {
    const proxy = await startProxy(server.port);
    const prefix = newPrefix();
    const { register, registrar, etcd } = registering({ endpoints: [proxy.endpoint] });
    await etcd.status();
    // The put reaches etcd; its reply is lost.
    proxy.delay(60_000);
    const controller = new AbortController();
    const waiting = register(web, { prefix, ttl, timeout: Infinity, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(register(web, { prefix, signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    await registrar.close();
    await until(async () => (await keysOf(server, prefix)).length === 0, patient);
  });

  it('reports `gone` when the lease must have expired, while etcd does not answer', async () => {
    const own = await startEtcd({ binary });
    const { register } = registering(own);
    const { handle, said } = await register(web, { prefix: '/a/', ttl });
    await own.pause();
    await handle.deregister();
    expect(said()).toEqual(['registered registered', 'gone deregistered']);
    expect(handle.last.detail).toMatch(/etcd does not answer/);
    own.resume();
    await until(async () => (await keysOf(own, '/a/')).length === 0, { ...patient, what: 'the end of the lease' });
  });

  it('deregisters one of several during a put whose reply is lost', async () => {
    const proxy = await startProxy(server.port);
    const prefix = newPrefix();
    const { register } = registering({ endpoints: [proxy.endpoint], callTimeout: 20_000 });
    const first = await register(web, { prefix, ttl: 9000 });
    const second = await register({ ...web, id: '2' }, { prefix, ttl: 9000 });
    const [, other] = await keysOf(server, prefix);
    proxy.delay(600);
    const updated = first.handle.update({ weight: 9 });
    await until(async () => (await keysOf(server, prefix)).some(({ value }) => value.includes('"weight":9')), patient);
    // The reply is on its way when the connection is cut.
    await proxy.refuse();
    const leaving = first.handle.deregister();
    await proxy.serve();
    await Promise.all([updated, leaving]);
    expect(await keysOf(server, prefix)).toEqual([other]);
    await elapse(4000);
    expect(await keysOf(server, prefix)).toEqual([other]);
    expect([first.handle.state, second.handle.state]).toEqual(['gone', 'registered']);
  });

  it('deletes a key on its lease that belongs to no registration', async () => {
    const prefix = newPrefix();
    const { register, log } = registering(server);
    await register(web, { prefix, ttl });
    const [entry] = await keysOf(server, prefix);
    await clientOf(server).put(`${prefix}web/ghost`, 'x', { lease: entry?.lease ?? '' });
    await until(async () => (await keysOf(server, prefix)).length === 1, patient);
    expect(await keysOf(server, prefix)).toEqual([entry]);
    expect(JSON.stringify(log.lines)).not.toContain('10.0.0.1');
  });
}

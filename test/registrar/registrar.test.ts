import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { clientOf, newPrefix } from '../etcd/follow.js';
import { keysOf, leasesOf, patient, registering } from './registering.js';

describeWith('etcd', 'a registrar on the system’s etcd', suite);
describeWith('etcd-current', 'a registrar on a current etcd', suite);

const web = { service: 'web', id: '1', address: '10.0.0.1', port: 8080 };

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('puts a key under a lease, changes it, and deletes the key and the lease at once', async () => {
    const prefix = newPrefix();
    const { register } = registering(server);
    const { handle, said } = await register(web, { prefix, ttl: 60_000 });
    expect(handle).toMatchObject({ key: `${prefix}web/1`, state: 'registered', registration: web });
    const [entry] = await keysOf(server, prefix);
    expect(JSON.parse(entry?.value ?? '')).toEqual({ service: 'web', address: '10.0.0.1', port: 8080 });
    await expect(clientOf(server).timeToLive(entry?.lease ?? '')).resolves.toMatchObject({ ttl: 60_000 });

    await handle.update({ weight: 5 });
    const [updated] = await keysOf(server, prefix);
    expect(JSON.parse(updated?.value ?? '')).toMatchObject({ weight: 5 });
    expect(updated).toMatchObject({ lease: entry?.lease, createRevision: entry?.createRevision });
    await handle.drain();
    expect((await keysOf(server, prefix)).map(({ value }) => value)).toEqual([
      expect.stringContaining('"status":"draining"'),
    ]);
    expect(handle.state).toBe('draining');
    await handle.update({ status: 'passing' });

    await handle.deregister();
    expect(await keysOf(server, prefix)).toEqual([]);
    expect(await leasesOf(server)).not.toContain(entry?.lease);
    expect(said()).toEqual([
      'registered registered',
      'registered updated',
      'draining draining',
      'registered updated',
      'gone deregistered',
    ]);
    await expect(handle.update({ weight: 6 })).rejects.toMatchObject({
      ...{ code: 'REGISTRATION_INVALID', message: `${prefix}web/1 is deregistered`, hint: 'Register it again.' },
    });
  });

  it('deletes the key when the format cannot express a status', async () => {
    const prefix = newPrefix();
    const { register } = registering(server);
    const { handle, said } = await register(web, { prefix, format: 'plain' });
    await handle.drain();
    expect(await keysOf(server, prefix)).toEqual([]);
    await handle.update({ status: 'passing' });
    expect(await keysOf(server, prefix)).toMatchObject([{ value: '10.0.0.1:8080' }]);
    await handle.update({ status: 'critical' });
    expect(await keysOf(server, prefix)).toEqual([]);
    expect(said()).toEqual(['registered registered', 'draining draining', 'registered updated', 'registered updated']);
  });

  it('keeps its key for longer than the TTL, also when etcd grants a longer TTL than requested', async () => {
    const prefix = newPrefix();
    const { register } = registering(server);
    const { handle, said } = await register(web, { prefix, ttl: 1000 });
    const [entry] = await keysOf(server, prefix);
    const etcd = clientOf(server);
    await expect(etcd.timeToLive(entry?.lease ?? '')).resolves.toMatchObject({ ttl: 2000 });
    const began = performance.now();
    await until(() => performance.now() - began > 6000, patient);
    expect(await keysOf(server, prefix)).toEqual([entry]);
    expect(said()).toEqual(['registered registered']);
    expect(handle.state).toBe('registered');
  });

  it('shares a lease among registrations with the same TTL, and deletes the key of one that leaves', async () => {
    const prefix = newPrefix();
    const { register, registrar } = registering(server);
    const [first, second, other] = await Promise.all([
      register(web, { prefix }),
      register({ ...web, id: '2' }, { prefix }),
      register({ ...web, id: '3' }, { prefix, ttl: 30_000 }),
    ]);
    const leases = (await keysOf(server, prefix)).map(({ lease }) => lease);
    expect(leases[0]).toBe(leases[1]);
    expect(new Set(leases).size).toBe(2);
    await first.handle.deregister();
    expect((await keysOf(server, prefix)).map(({ key }) => key)).toEqual([`${prefix}web/2`, `${prefix}web/3`]);
    await registrar.close();
    expect(await keysOf(server, prefix)).toEqual([]);
    const there = await leasesOf(server);
    expect(leases.filter((lease) => there.includes(lease))).toEqual([]);
    expect([second.handle.state, other.handle.state]).toEqual(['gone', 'gone']);
    await expect(register(web, { prefix })).rejects.toMatchObject({ code: 'REGISTRY_CLOSED' });
  });

  it('does not replace a key of another writer, with or without a lease, unless `takeOver` is set', async () => {
    const prefix = newPrefix();
    const key = `${prefix}web/1`;
    const { register } = registering(server);
    const etcd = clientOf(server);
    const { lease } = await etcd.grant(60_000);
    for (const options of [{}, { lease }]) {
      const { revision } = await etcd.put(key, '{"address":"10.0.0.2","port":8080}', options);
      const refused = register(web, { prefix });
      await expect(refused).rejects.toMatchObject({ code: 'REGISTRATION_CONFLICT', retry: false });
      const under = 'lease' in options ? `under lease ${lease}` : 'without a lease';
      await expect(refused).rejects.toThrow(`register ${key}: another writer has the key, ${under}`);
      await expect(refused).rejects.not.toThrow(/10\.0\.0\.2/);
      expect(await keysOf(server, prefix)).toMatchObject([{ modRevision: revision }]);
    }
    const { handle, said } = await register(web, { prefix, takeOver: true });
    expect(said()).toEqual(['registered taken-over']);
    const [entry] = await keysOf(server, prefix);
    expect(entry?.value).toContain('10.0.0.1');
    expect(entry?.lease).not.toBe(lease);
    await expect(register(web, { prefix, takeOver: true })).rejects.toMatchObject({
      message: `register ${key}: this process has already registered this key`,
      hint: 'Update that registration, or deregister it first.',
    });
    const leaving = handle.deregister();
    const again = await register(web, { prefix });
    await leaving;
    expect(again.said()).toEqual(['registered registered']);
  });

  it('adopts the key that an earlier process of the same endpoint left', async () => {
    const prefix = newPrefix();
    const etcd = clientOf(server);
    const { lease } = await etcd.grant(60_000);
    await etcd.put(`${prefix}web/1`, '{"host":"10.0.0.1","port":8080,"weight":7}', { lease });
    const { handle, said } = await registering(server).register(web, { prefix });
    expect(said()).toEqual(['registered adopted']);
    const entries = await keysOf(server, prefix);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.lease).not.toBe(lease);
    await handle.deregister();
    expect(await keysOf(server, prefix)).toEqual([]);
  });

  it('refuses invalid options before it sends anything to etcd', async () => {
    const { register } = registering({ endpoints: [`127.0.0.1:${await freePort()}`] });
    const ttl = 'the ttl must be whole seconds, in milliseconds, from 1000 to a day';
    for (const [options, why] of [
      [{ ttl: 1500 }, ttl],
      [{ ttl: 0 }, ttl],
      [{ timeout: 0 }, 'the timeout must be milliseconds, more than 0'],
      [{ prefix: 'a/', key: 'b' }, 'give either a prefix or a whole key, not both'],
      [{ key: '' }, 'the key is empty'],
    ] as const)
      await expect(register(web, options), JSON.stringify(options)).rejects.toMatchObject({
        ...{ code: 'REGISTRATION_INVALID', message: `the registration cannot be written: ${why}` },
      });
    await expect(register({ ...web, port: 0 })).rejects.toMatchObject({ code: 'REGISTRATION_INVALID' });
    await expect(register({ ...web, weight: 5 }, { format: 'plain' })).rejects.toMatchObject({
      code: 'REGISTRATION_INVALID',
      message: expect.stringContaining('weight') as unknown,
    });
  });

  it('goes on when a listener throws', async () => {
    const prefix = newPrefix();
    const { register, log } = registering(server);
    const { handle, said } = await register(web, { prefix });
    handle.on('change', () => {
      throw new Error('a mistake of the caller');
    });
    await handle.update({ weight: 3 });
    expect(said()).toEqual(['registered registered', 'registered updated']);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'a listener of a registration threw' }),
    );
  });

  it('says what it waited for when etcd does not answer in time, and refuses everything once it is closed', async () => {
    const { register, registrar } = registering({ endpoints: [`127.0.0.1:${await freePort()}`] });
    await expect(register(web, { prefix: '/late/', timeout: 50 })).rejects.toMatchObject({
      ...{ code: 'ETCD_UNREACHABLE', message: 'register /late/web/1: etcd did not accept the key within 50 ms' },
    });
    await registrar.close();
    await expect(register(web)).rejects.toMatchObject({
      ...{ code: 'REGISTRY_CLOSED', message: 'the registrar is closed: it registers nothing more' },
    });
  });
}

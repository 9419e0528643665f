import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../../support/etcd.js';
import { deleteKey, putKey } from '../../support/keys.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/poll.js';
import { startProxy } from '../../support/proxy.js';
import { endpoints, open, witness } from './witness.js';

const own = async (): Promise<EtcdServer> => {
  const etcd = await startEtcd();
  onTestFinished(() => etcd.stop());
  return etcd;
};

describeWith('etcd', 'a live set', () => {
  it('keeps what it knows while etcd restarts, and then tells only what changed', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    const set = await open(etcd).discover('web');
    const { told, sees, hears } = witness(set);
    const before = set.instances();
    await etcd.kill();
    await hears('stale');
    expect(set.instances()).toBe(before);
    expect(set.pick()).toBeDefined();
    expect(set.stale).toMatchObject({ error: { code: 'ETCD_UNREACHABLE' }, since: expect.any(Number) as number });
    await etcd.start();
    await hears('live');
    expect(set.stale).toBe(false);
    expect(set.instances()).toBe(before);
    await deleteKey(etcd, '/services/web/1');
    await sees('web 192.0.2.2:80');
    expect(told).toEqual(['stale', 'live', '- 1']);
  });

  it('finds a partition out that says nothing, and what changed behind it', async () => {
    const etcd = await own();
    const proxy = await startProxy(etcd.port);
    await putKey(etcd, '/services/web/1', { address: '192.0.2.1', port: 80, weight: 1 });
    await putKey(etcd, '/services/web/2', { address: '192.0.2.2', port: 80 });
    const set = await open(proxy).discover('web');
    const { told, sees, hears } = witness(set);
    proxy.swallow();
    await putKey(etcd, '/services/web/1', { address: '192.0.2.1', port: 80, weight: 5 });
    await putKey(etcd, '/services/web/3', { address: '192.0.2.3', port: 80 });
    await deleteKey(etcd, '/services/web/2');
    await hears('stale');
    expect(endpoints(set)).toEqual(['web 192.0.2.1:80', 'web 192.0.2.2:80']);
    await proxy.serve();
    await sees('web 192.0.2.1:80', 'web 192.0.2.3:80');
    await hears('live');
    expect(told.filter((line) => !['stale', 'live'].includes(line)).sort()).toEqual(['+ 3', '- 2', '~ 1 weight']);
  });

  it('misses nothing whose history was compacted while it was cut off', async () => {
    const etcd = await own();
    const proxy = await startProxy(etcd.port);
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const set = await open(proxy).discover('web');
    const { told, sees } = witness(set);
    await proxy.refuse();
    await deleteKey(etcd, '/services/web/1');
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    const { header } = (await etcd.api('kv/range', { key: 'AA==' })) as { header: { revision: string } };
    await etcd.api('kv/compaction', { revision: header.revision, physical: true });
    await proxy.serve();
    await sees('web 192.0.2.2:80');
    expect(told.filter((line) => !['stale', 'live'].includes(line))).toEqual(['- 1', '+ 2']);
  });

  it('is what a wiped store holds, whose revisions begin anew', async () => {
    const etcd = await own();
    for (const id of ['1', '2', '3', '4']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    const set = await open(etcd).discover('web');
    const { told, sees, hears } = witness(set);
    const before = BigInt(set.revision);
    await etcd.restart({ wipe: true });
    await putKey(etcd, '/services/web/4', '192.0.2.4:80');
    await sees('web 192.0.2.4:80');
    await hears('live');
    expect(BigInt(set.revision)).toBeLessThan(before);
    // Whether the store was asked before or after the put.
    const again = told.includes('- 4') ? ['+ 4', '- 4'] : [];
    expect(told.filter((line) => /^[+-]/.test(line)).sort()).toEqual([...again, '- 1', '- 2', '- 3'].sort());
  });

  it('goes on reading what is registered when somebody writes what cannot be read', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const set = await open(etcd).discover('web');
    const { sees } = witness(set);
    await putKey(etcd, '/services/web/2', 'who knows');
    await putKey(etcd, '/services/web/3', '192.0.2.3:80');
    await sees('web 192.0.2.1:80', 'web 192.0.2.3:80');
    expect(set.rejected()).toMatchObject([{ key: '/services/web/2', code: expect.any(String) as string }]);
  });

  it('says that it may be old when its prefix turns out to be somebody else’s store, until that passes', async () => {
    const etcd = await own();
    const set = await open(etcd).discover({ prefix: '/registry/' });
    const { told, hears, sees } = witness(set);
    for (const id of ['1', '2']) await putKey(etcd, `/registry/pods/${id}`, 'k8s\0');
    await hears('stale');
    expect(set.stale).toMatchObject({ error: { code: 'NOT_A_REGISTRY' } });
    await deleteKey(etcd, '/registry/*');
    await hears('live');
    await putKey(etcd, '/registry/web/1', '192.0.2.1:80');
    await sees('web 192.0.2.1:80');
    expect(told).toEqual(['stale', 'live', '+ 1']);
  });
});

describeWith('etcd-current', 'a live set on a current etcd', (binary) => {
  it('is live only when all that changed meanwhile has been told', async () => {
    const etcd = await startEtcd({ binary });
    onTestFinished(() => etcd.stop());
    const proxy = await startProxy(etcd.port);
    const set = await open(proxy).discover('web');
    const { told, hears } = witness(set);
    await proxy.refuse();
    await hears('stale');
    for (const id of ['1', '2', '3']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    await proxy.serve();
    await hears('live');
    expect(told).toEqual(['stale', '+ 1', '+ 2', '+ 3', 'live']);
  });
});

describeWith('etcd', 'discover', () => {
  it('rejects at once for a prefix that holds somebody else’s data', async () => {
    const etcd = await own();
    await putKey(etcd, '/registry/pods/a', 'k8s\0');
    await expect(open(etcd).discover({ prefix: '/registry/', timeout: Infinity })).rejects.toMatchObject({
      code: 'NOT_A_REGISTRY',
    });
  });

  it('rejects at once for a login that etcd refuses, for a prefix that it denies, and for no login at all', async () => {
    const etcd = await startEtcd({ args: ['--bcrypt-cost', '4'] });
    await addUser(etcd, { name: 'reader', password: 'right', prefix: '/services/web/' });
    await enableAuth(etcd, 'root password');
    const as = (password?: string) =>
      open({
        endpoints: [etcd.endpoint],
        ...(password !== undefined && { auth: { username: 'reader', password } }),
      });
    await expect(as('wrong').discover('web', { timeout: Infinity })).rejects.toMatchObject({ code: 'ETCD_LOGIN' });
    await expect(as().discover('web', { timeout: Infinity })).rejects.toMatchObject({ code: 'ETCD_LOGIN' });
    const reader = as('right');
    await expect(reader.discover('api', { timeout: Infinity })).rejects.toMatchObject({ code: 'ETCD_DENIED' });
    // What one service's reader may see is enough for that service.
    expect((await reader.discover('web')).instances()).toEqual([]);
    await etcd.stop();
  });

  it('rejects with what etcd said last when the patience ends, and can be asked again', async () => {
    const port = await freePort();
    const registry = open({ endpoints: [`http://127.0.0.1:${port}`] });
    const late = registry.discover('web', { timeout: 300 });
    await expect(late).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringMatching(
        /^discover \/services\/web\/: no complete list within 300 ms: .*ECONNREFUSED/,
      ) as string,
      cause: expect.objectContaining({ code: 'ETCD_UNREACHABLE' }) as Error,
    });
    const waiting = registry.discover('web', { timeout: Infinity });
    const etcd = await startEtcd({ port });
    expect((await waiting).instances()).toEqual([]);
    await etcd.stop();
  });

  it('rejects for a second one who comes while what the first one knows is old', async () => {
    const etcd = await own();
    const registry = open(etcd);
    const first = await registry.discover('web');
    await etcd.kill();
    await until(() => first.stale, { deadline: 20_000 });
    await expect(registry.discover('web', { timeout: 300 })).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' });
    const waiting = registry.discover('web', { timeout: Infinity });
    await etcd.start();
    expect((await waiting).stale).toBe(false);
  });

  it('ends by the caller’s signal with its reason, and by close', async () => {
    const registry = open({ endpoints: [`http://127.0.0.1:${await freePort()}`] });
    const stop = new AbortController();
    const [ended, closed] = [
      registry.discover('web', { signal: stop.signal, timeout: Infinity }),
      registry.discover('web', { timeout: Infinity }),
    ].map((pending) => pending.catch((error: unknown) => error));
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await ended).toBe(reason);
    await expect(registry.discover('web', { signal: stop.signal })).rejects.toBe(reason);
    await registry.close();
    expect(await closed).toMatchObject({ code: 'REGISTRY_CLOSED' });
    await expect(registry.discover('web')).rejects.toMatchObject({ code: 'REGISTRY_CLOSED' });
  });
});

import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../../support/binaries.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../../support/etcd.js';
import { deleteKey, putKey } from '../../support/keys.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/poll.js';
import { startProxy } from '../../support/proxy.js';
import { endpoints, open, recordEvents } from './recorder.js';

const own = async (): Promise<EtcdServer> => {
  const etcd = await startEtcd();
  onTestFinished(() => etcd.stop());
  return etcd;
};

describeWith('etcd', 'a live set', () => {
  it('keeps its instances while etcd restarts, and then emits only the differences', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    const set = await open(etcd).discover('web');
    const { events, hasEndpoints, hasEvent } = recordEvents(set);
    const before = set.instances();
    await etcd.kill();
    await hasEvent('stale');
    expect(set.instances()).toBe(before);
    expect(set.pick()).toBeDefined();
    expect(set.stale).toMatchObject({ error: { code: 'ETCD_UNREACHABLE' }, since: expect.any(Number) as number });
    await etcd.start();
    await hasEvent('live');
    expect(set.stale).toBe(false);
    expect(set.instances()).toBe(before);
    await deleteKey(etcd, '/services/web/1');
    await hasEndpoints('web 192.0.2.2:80');
    expect(events).toEqual(['stale', 'live', '- 1']);
  });

  it('detects a silent partition, and the changes behind it', async () => {
    const etcd = await own();
    const proxy = await startProxy(etcd.port);
    await putKey(etcd, '/services/web/1', { address: '192.0.2.1', port: 80, weight: 1 });
    await putKey(etcd, '/services/web/2', { address: '192.0.2.2', port: 80 });
    const set = await open(proxy).discover('web');
    const { events, hasEndpoints, hasEvent } = recordEvents(set);
    proxy.swallow();
    await putKey(etcd, '/services/web/1', { address: '192.0.2.1', port: 80, weight: 5 });
    await putKey(etcd, '/services/web/3', { address: '192.0.2.3', port: 80 });
    await deleteKey(etcd, '/services/web/2');
    await hasEvent('stale');
    expect(endpoints(set)).toEqual(['web 192.0.2.1:80', 'web 192.0.2.2:80']);
    await proxy.serve();
    await hasEndpoints('web 192.0.2.1:80', 'web 192.0.2.3:80');
    await hasEvent('live');
    expect(events.filter((line) => !['stale', 'live'].includes(line)).sort()).toEqual(['+ 3', '- 2', '~ 1 weight']);
  });

  it('misses no change when the history was compacted during a cut', async () => {
    const etcd = await own();
    const proxy = await startProxy(etcd.port);
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const set = await open(proxy).discover('web');
    const { events, hasEndpoints } = recordEvents(set);
    await proxy.refuse();
    await deleteKey(etcd, '/services/web/1');
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    const { header } = (await etcd.api('kv/range', { key: 'AA==' })) as { header: { revision: string } };
    await etcd.api('kv/compaction', { revision: header.revision, physical: true });
    await proxy.serve();
    await hasEndpoints('web 192.0.2.2:80');
    expect(events.filter((line) => !['stale', 'live'].includes(line))).toEqual(['- 1', '+ 2']);
  });

  it('follows a wiped store, whose revisions begin again', async () => {
    const etcd = await own();
    for (const id of ['1', '2', '3', '4']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    const set = await open(etcd).discover('web');
    const { events, hasEndpoints, hasEvent } = recordEvents(set);
    const before = BigInt(set.revision);
    await etcd.restart({ wipe: true });
    await putKey(etcd, '/services/web/4', '192.0.2.4:80');
    await hasEndpoints('web 192.0.2.4:80');
    await hasEvent('live');
    expect(BigInt(set.revision)).toBeLessThan(before);
    // The list may have happened before or after the put.
    const again = events.includes('- 4') ? ['+ 4', '- 4'] : [];
    expect(events.filter((line) => /^[+-]/.test(line)).sort()).toEqual([...again, '- 1', '- 2', '- 3'].sort());
  });

  it('keeps reading registrations when another key cannot be read', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const set = await open(etcd).discover('web');
    const { hasEndpoints } = recordEvents(set);
    await putKey(etcd, '/services/web/2', 'who knows');
    await putKey(etcd, '/services/web/3', '192.0.2.3:80');
    await hasEndpoints('web 192.0.2.1:80', 'web 192.0.2.3:80');
    expect(set.rejected()).toMatchObject([{ key: '/services/web/2', code: expect.any(String) as string }]);
  });

  it('is stale while its prefix holds data of another kind', async () => {
    const etcd = await own();
    const set = await open(etcd).discover({ prefix: '/registry/' });
    const { events, hasEvent, hasEndpoints } = recordEvents(set);
    for (const id of ['1', '2']) await putKey(etcd, `/registry/pods/${id}`, 'k8s\0');
    await hasEvent('stale');
    expect(set.stale).toMatchObject({ error: { code: 'NOT_A_REGISTRY' } });
    await deleteKey(etcd, '/registry/*');
    await hasEvent('live');
    await putKey(etcd, '/registry/web/1', '192.0.2.1:80');
    await hasEndpoints('web 192.0.2.1:80');
    expect(events).toEqual(['stale', 'live', '+ 1']);
  });
});

describeWith('etcd-current', 'a live set on a current etcd', (binary) => {
  it('emits `live` only after all changes in between', async () => {
    const etcd = await startEtcd({ binary });
    onTestFinished(() => etcd.stop());
    const proxy = await startProxy(etcd.port);
    const set = await open(proxy).discover('web');
    const { events, hasEvent } = recordEvents(set);
    await proxy.refuse();
    await hasEvent('stale');
    for (const id of ['1', '2', '3']) await putKey(etcd, `/services/web/${id}`, `192.0.2.${id}:80`);
    await proxy.serve();
    await hasEvent('live');
    expect(events).toEqual(['stale', '+ 1', '+ 2', '+ 3', 'live']);
  });
});

describeWith('etcd', 'discover', () => {
  it('rejects at once for a prefix that holds data of another kind', async () => {
    const etcd = await own();
    await putKey(etcd, '/registry/pods/a', 'k8s\0');
    await expect(open(etcd).discover({ prefix: '/registry/', timeout: Infinity })).rejects.toMatchObject({
      code: 'NOT_A_REGISTRY',
    });
  });

  it('rejects at once for a refused login, a denied prefix and a missing login', async () => {
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
    // The permission to read one service is enough for that service.
    expect((await reader.discover('web')).instances()).toEqual([]);
    await etcd.stop();
  });

  it('rejects with the last error of etcd after the timeout, and can be called again', async () => {
    const port = await freePort();
    const registry = open({ endpoints: [`http://127.0.0.1:${port}`] });
    const late = registry.discover('web', { timeout: 300 });
    await expect(late).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringMatching(
        /^discover \/services\/web\/: no complete list within 300 ms: .* does not answer: connect ECONNREFUSED/,
      ) as string,
      cause: expect.objectContaining({ code: 'ETCD_UNREACHABLE' }) as Error,
    });
    const waiting = registry.discover('web', { timeout: Infinity });
    const etcd = await startEtcd({ port });
    expect((await waiting).instances()).toEqual([]);
    await etcd.stop();
  });

  it('rejects for a second set while the shared feed is stale', async () => {
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

  it('rejects with the reason of the caller’s signal, and after close', async () => {
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

import { expect, it, onTestFinished } from 'vitest';
import { connect, type LiveSet, type LiveSetStatus } from '../../../src/index.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { deleteKey, putKey } from '../../support/keys.js';
import { memoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import { open } from './recorder.js';

const patience = { deadline: 30_000 };

const own = async (): Promise<EtcdServer> => {
  const etcd = await startEtcd();
  onTestFinished(() => etcd.stop());
  return etcd;
};

const isLive = (set: LiveSet) => until(() => set.status().watch === 'live', { ...patience, what: 'a live watch' });

/** The status of the set inside each of its events. */
function watchesInEvents(set: LiveSet): string[] {
  const seen: string[] = [];
  set.on('stale', () => void seen.push(`stale ${set.status().watch} ${set.status().problem?.code ?? ''}`));
  set.on('live', () => void seen.push(`live ${set.status().watch} ${set.status().problem?.code ?? ''}`.trim()));
  return seen;
}

describeWith('etcd', 'the status of a live set', () => {
  it('is plain data, and counts what the set has', async () => {
    const etcd = await own();
    const began = Date.now();
    for (const [n, key] of ['web/1', 'web/2', 'api/1'].entries())
      await putKey(etcd, `/services/${key}`, `192.0.2.${n + 1}:80`);
    await putKey(etcd, '/services/bad/1', '0.0.0.0:80');
    const registry = open(etcd);
    const all = await registry.discover({ prefix: '/services' });
    await isLive(all);
    const status = all.status();
    expect(status).toEqual({
      ...{ prefix: '/services/', service: null, format: 'plain', watch: 'live', since: status.since },
      ...{ revision: all.revision, services: 2, instances: 3, rejected: 1 },
    });
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    const since = Date.parse(status.since);
    expect(since).toBeGreaterThanOrEqual(began);
    expect(since).toBeLessThanOrEqual(Date.now());
    const web = await registry.discover('web');
    expect(web.status()).toMatchObject({ prefix: '/services/web/', service: 'web', services: 1, instances: 2 });
    await deleteKey(etcd, '/services/web/1');
    await until(() => web.status().instances === 1, patience);
    await deleteKey(etcd, '/services/web/2');
    await until(() => web.status().services === 0, patience);
    expect(web.status()).toMatchObject({ revision: web.revision, instances: 0, rejected: 0 });
  });

  it('waits while etcd is stopped, through every new attempt, and is live again afterwards', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const log = memoryLog();
    const registry = connect({ endpoints: [etcd.endpoint] }, { log });
    onTestFinished(() => registry.close());
    const set = await registry.discover('web');
    await isLive(set);
    const before = set.status();
    const seen = watchesInEvents(set);
    await etcd.stop();
    await until(() => set.stale, patience);
    const stale: LiveSetStatus[] = [];
    await until(() => {
      stale.push(set.status());
      return log.lines.filter(({ message }) => message === 'still waiting for etcd').length >= 3;
    }, patience);
    const since = new Date(set.stale === false ? 0 : set.stale.since).toISOString();
    for (const status of stale)
      expect(status).toEqual({
        ...before,
        ...{ watch: 'waiting', since, problem: { ...status.problem, code: 'ETCD_UNREACHABLE' } },
      });
    expect(Date.parse(since)).toBeGreaterThanOrEqual(Date.parse(before.since));
    await etcd.start();
    await isLive(set);
    const after = set.status();
    expect(after).toEqual({ ...before, since: after.since });
    expect(Date.parse(after.since)).toBeGreaterThanOrEqual(Date.parse(since));
    expect(seen).toEqual(['stale waiting ETCD_UNREACHABLE', 'live live']);
  });

  it('waits while its keys cannot be read, although etcd answers', async () => {
    const etcd = await own();
    const set = await open(etcd).discover({ prefix: '/registry/' });
    await isLive(set);
    const seen = watchesInEvents(set);
    for (const id of ['1', '2']) await putKey(etcd, `/registry/pods/${id}`, 'k8s\0');
    await until(() => set.status().watch === 'waiting', patience);
    const { since, problem } = set.status();
    expect(problem).toMatchObject({ code: 'NOT_A_REGISTRY', hint: expect.any(String) as string });
    await deleteKey(etcd, '/registry/*');
    await isLive(set);
    expect(set.status().problem).toBeUndefined();
    expect(Date.parse(set.status().since)).toBeGreaterThanOrEqual(Date.parse(since));
    expect(seen).toEqual(['stale waiting NOT_A_REGISTRY', 'live live']);
  });

  it('is closed after `close`, and keeps its counts', async () => {
    const etcd = await own();
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    const registry = open(etcd);
    const [set, other] = [await registry.discover('web'), await registry.discover({ prefix: '/services/' })];
    await set.close();
    const { revision } = set;
    expect(set.status()).toMatchObject({
      ...{ watch: 'closed', problem: { code: 'REGISTRY_CLOSED' }, revision, services: 1, instances: 1 },
    });
    expect(registry.status().sets).toEqual([other.status()]);
  });
});

describeWith('etcd', 'the status of a registry', () => {
  it('lists its registrations and live sets, without the namespace, until it is closed', async () => {
    const etcd = await own();
    const registry = open({ endpoints: [etcd.endpoint], namespace: 'team/' });
    expect(registry.status()).toEqual({ registrations: [], sets: [] });
    const web = { service: 'web', address: '192.0.2.1', port: 80 };
    const first = await registry.register({ ...web, id: '1' });
    const second = await registry.register({ ...web, id: '2', port: 81 });
    const set = await registry.discover('web');
    await isLive(set);
    expect(registry.status()).toEqual({
      registrations: [first.status(), second.status()],
      sets: [set.status()],
    });
    expect(registry.status()).toMatchObject({
      registrations: [
        { key: '/services/web/1', service: 'web', id: '1', state: 'registered', reason: 'registered' },
        { id: '2' },
      ],
      sets: [{ prefix: '/services/web/', instances: 2 }],
    });
    expect(JSON.parse(JSON.stringify(registry.status()))).toEqual(registry.status());
    await first.deregister();
    expect(registry.status().registrations).toEqual([second.status()]);
    await registry.close();
    expect(registry.status()).toEqual({ registrations: [], sets: [] });
    expect([second.status().state, set.status().watch]).toEqual(['gone', 'closed']);
  });
});

import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect, type LiveSet, type Registry, type SetChange } from '../../../src/index.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { deleteKey, putKey } from '../../support/keys.js';
import { until } from '../../support/poll.js';

const patience = { deadline: 20_000 };

function open(server: { readonly endpoint: string }): Registry {
  const registry = connect({ endpoints: [server.endpoint] });
  onTestFinished(() => registry.close());
  return registry;
}

const endpoints = (set: LiveSet): string[] =>
  set.instances().map(({ service, host, port }) => `${service} ${host}:${port}`);

describeWith('etcd', 'discovery', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  it('has what is registered when it resolves, and follows it', async () => {
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/webs/1', '192.0.2.9:80');
    const set = await open(etcd).discover('web');
    expect(endpoints(set)).toEqual(['web 192.0.2.1:80']);
    const changes: SetChange[] = [];
    set.on('change', (change) => changes.push(change));
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    await putKey(etcd, '/services/webs/2', '192.0.2.9:81');
    await until(() => changes.length === 1, patience);
    await deleteKey(etcd, '/services/web/1');
    await until(() => changes.length === 2, patience);
    expect(changes).toMatchObject([
      { added: [{ id: '2', address: '192.0.2.2' }], removed: [], updated: [] },
      { added: [], removed: [{ id: '1' }], updated: [] },
    ]);
    expect(endpoints(set)).toEqual(['web 192.0.2.2:80']);
    expect(set.revision).toBe(changes[1]?.revision);
    expect(set.stale).toBe(false);
  });
});

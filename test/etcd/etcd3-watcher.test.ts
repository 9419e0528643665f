import { Etcd3 } from 'etcd3';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { startProxy } from '../support/proxy.js';
import { clientOf, follow, putMany } from './follow.js';

// The reason for docs/adr/0001: etcd3's own watcher loses events under the faults of outage.test.ts and restored.test.ts.
// If one of these tests fails, etcd3 has been fixed and the decision can be reviewed.
describeWith('etcd', 'etcd3’s own watcher on the system’s etcd', suite);
describeWith('etcd-current', 'etcd3’s own watcher on a current etcd', suite);

function suite(binary: string): void {
  it('loses what happened before a flap right after the watch was confirmed', async () => {
    const server = await startEtcd({ binary });
    const { proxy, seen, connected } = await watchWithEtcd3(server);
    const own = await startProxy(server.port);
    const following = follow({ endpoints: [own.endpoint] }, { keys: { prefix: '/' } });
    await following.reaches('live');

    await Promise.all([proxy.refuse(), own.refuse()]);
    await putMany(clientOf(server), '/lost/', 10, String);
    proxy.cutAfterCreated(1);
    own.cutAfterCreated(1);
    const before = connected();
    await Promise.all([proxy.serve(), own.serve()]);
    await until(() => connected() >= before + 2, { deadline: 20_000, what: 'both connections of etcd3' });
    await clientOf(server).put('/after', '');
    await until(() => seen.has('/after'), { deadline: 20_000, what: 'the put after the outage' });

    await following.agrees(server);
    expect([...following.content.keys()]).toHaveLength(11);
    expect([...seen]).toEqual(['/after']);
  });

  it('gets no events from a store that was wiped', async () => {
    const server = await startEtcd({ binary });
    await putMany(clientOf(server), '/old/', 50, String);
    const { seen, connected } = await watchWithEtcd3(server);
    const following = follow({ endpoints: [server.endpoint] }, { keys: { prefix: '/' } });
    await following.reaches('live');

    const before = connected();
    await server.restart({ wipe: true });
    await until(() => connected() > before, { deadline: 20_000, what: 'the connection of etcd3' });
    await putMany(clientOf(server), '/new/', 20, String);

    await following.agrees(server);
    expect(following.content.size).toBe(20);
    expect([...seen]).toEqual([]);
  });
}

async function watchWithEtcd3(server: EtcdServer) {
  const proxy = await startProxy(server.port);
  const client = new Etcd3({ hosts: proxy.endpoint });
  onTestFinished(() => {
    client.close();
  });
  const seen = new Set<string>();
  let connections = 0;
  const watcher = await client.watch().prefix('/').create();
  watcher.on('put', ({ key }) => seen.add(key.toString()));
  watcher.on('connected', () => (connections += 1));
  watcher.on('error', () => undefined);
  return { proxy, seen, connected: () => connections };
}

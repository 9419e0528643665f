import { beforeAll, expect, it } from 'vitest';
import { noLists } from '../../src/model/measures.js';
import { ordersProgress } from '../../src/etcd/watch/version.js';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { clientOf, elapse, fast, liveBehindProxy, newPrefix, putMany } from './follow.js';

describeWith('etcd', 'a source that is cut off on the system’s etcd', suite);
describeWith('etcd-current', 'a source that is cut off on a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('loses nothing when the connection flaps right after the watch was confirmed', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
    const watches = following.source.counts.watches;
    await proxy.refuse();
    await putMany(clientOf(server), prefix, 10, String);
    proxy.cutAfterCreated(3);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts).toMatchObject({ lists: 1, watches: watches + 4 });
  });

  it('loses nothing of 5000 puts when the connection flaps while it catches up', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server, { maxLag: 100_000 });
    await proxy.refuse();
    await putMany(clientOf(server), prefix, 5000, (n) => `value ${n}`);
    proxy.cutAfter(100_000);
    await proxy.serve();
    await until(() => following.content.size > 0, { what: 'the first part of the catch-up' });
    proxy.cut();
    await proxy.refuse();
    expect(following.content.size).toBeLessThan(5000);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(1);
  });

  it('lists again when it is far behind', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server, { maxLag: 100 });
    await clientOf(server).put(`${prefix}gone`, '');
    await following.agrees(server);
    await proxy.refuse();
    await clientOf(server).delete(`${prefix}gone`);
    await putMany(clientOf(server), prefix, 200, String);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(2);
    expect(following.source.lists).toEqual({ ...noLists(), start: 1, behind: 1 });
  });

  it('takes 6 MB of events at once after a cut', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
    await proxy.refuse();
    const big = 'v'.repeat(600_000);
    await putMany(clientOf(server), prefix, 10, (n) => `${n}${big}`);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(1);
  });

  it('lists again when the history was compacted while it was cut off', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
    const etcd = clientOf(server);
    await etcd.put(`${prefix}gone`, '');
    await following.agrees(server);
    await proxy.refuse();
    await etcd.delete(`${prefix}gone`);
    await putMany(etcd, prefix, 10, String);
    const { revision } = await etcd.put(`${prefix}last`, 'x');
    await server.api('kv/compaction', { revision, physical: true });
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(2);
    expect(following.source.lists).toEqual({ ...noLists(), start: 1, compacted: 1 });
    expect(following.log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ kind: 'compacted' }) as unknown }),
    );
  });

  it('does not list again after a compaction of other keys, where progress can be trusted', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
    const etcd = clientOf(server);
    await putMany(etcd, newPrefix(), 20, String);
    // Long enough for etcd to be asked for progress, and to answer, after all of these puts.
    await elapse(3 * fast.ask);
    await proxy.refuse();
    const { revision, version } = await etcd.status();
    await server.api('kv/compaction', { revision, physical: true });
    await proxy.serve();
    await until(() => following.source.counts.watches === 2);
    await etcd.put(`${prefix}a`, '1');
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(ordersProgress(version) ? 1 : 2);
  });

  it('delivers no events when a list finds what was delivered already', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server, { maxLag: 10 });
    const etcd = clientOf(server);
    await etcd.put(`${prefix}a`, '1');
    await following.agrees(server);
    await proxy.refuse();
    await putMany(etcd, newPrefix(), 100, String);
    await proxy.serve();
    await until(() => following.source.counts.lists === 2);
    expect(following.batches.at(-1)).toMatchObject({ kind: 'change', events: [] });
    await following.reaches('live');
    await etcd.put(`${prefix}a`, '2');
    await following.agrees(server);
  });
}

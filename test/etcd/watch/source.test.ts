import { beforeAll, expect, it } from 'vitest';
import { noLists } from '../../../src/model/measures.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { clientOf, elapse, fast, follow, liveBehindProxy, newPrefix, putMany } from '../follow.js';

describeWith('etcd', 'a source on the system’s etcd', suite);
describeWith('etcd-current', 'a source on a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('delivers a list, then puts, deletes and expired leases, in order', async () => {
    const etcd = clientOf(server);
    const prefix = newPrefix();
    await etcd.put(`${prefix}a`, '1');
    const following = follow({ endpoints: [server.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    expect(following.batches).toMatchObject([{ kind: 'sync', entries: [{ key: `${prefix}a`, value: '1' }] }]);

    const { ID: lease } = await server.api('lease/grant', { TTL: '1' });
    await etcd.put(`${prefix}b`, '2', { lease: String(lease) });
    await etcd.put(`${prefix}a`, '3');
    await etcd.delete(`${prefix}a`);
    await until(() => following.content.size === 0);
    const events = following.batches.flatMap((batch) => (batch.kind === 'change' ? batch.events : []));
    expect(events).toMatchObject([
      { type: 'put', entry: { key: `${prefix}b`, value: '2', lease: String(lease) } },
      { type: 'put', entry: { key: `${prefix}a`, value: '3' } },
      { type: 'delete', key: `${prefix}a` },
      { type: 'delete', key: `${prefix}b` },
    ]);
    expect(following.states.map(({ kind }) => kind)).toEqual(['connecting', 'listing', 'live']);
  });

  it('lists whole on request, even when nothing has changed, and merges requests', async () => {
    const etcd = clientOf(server);
    const prefix = newPrefix();
    await etcd.put(`${prefix}a`, '1');
    const following = follow({ endpoints: [server.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    for (let i = 0; i < 5; i++) following.source.relist();
    await until(() => following.batches.filter(({ kind }) => kind === 'sync').length === 2);
    await etcd.put(`${prefix}b`, '2');
    await until(() => following.content.size === 2);
    expect(following.source.counts.lists).toBe(2);
    expect(following.source.lists).toEqual({ ...noLists(), start: 1, asked: 1 });
    expect(following.batches.filter(({ kind }) => kind === 'sync')).toMatchObject([
      { entries: [{ value: '1' }] },
      { entries: [{ value: '1' }] },
    ]);
  });

  it('lists page by page at one revision while keys come and go', async () => {
    const etcd = clientOf(server);
    const prefix = newPrefix();
    await putMany(etcd, `${prefix}a`, 60, () => '');
    const writing = new AbortController();
    // Each transaction moves one key from one end of the prefix to the other, so there are sixty keys at every revision.
    const churn = (async () => {
      for (let n = 0; !writing.signal.aborted; n++) {
        const [from, to] = n % 120 < 60 ? ['a', 'z'] : ['z', 'a'];
        const put = { key: `${prefix}${to}${n % 60}`, value: '' };
        await etcd.txn({ conditions: [], operations: [{ put }, { delete: { key: `${prefix}${from}${n % 60}` } }] });
      }
    })();
    const following = follow({ endpoints: [server.endpoint] }, { keys: { prefix }, pageSize: 2 });
    await following.reaches('live');
    writing.abort();
    await churn;
    const [sync] = following.batches;
    expect(sync).toMatchObject({ kind: 'sync', entries: { length: 60 } });
    await following.agrees(server);
  });

  it('delivers a transaction as one batch', async () => {
    const { prefix, following } = await liveBehindProxy(server);
    const operations = Array.from({ length: 100 }, (_, n) => ({
      put: { key: `${prefix}${n}`, value: 'x'.repeat(10_000) },
    }));
    const { revision } = await clientOf(server).txn({ conditions: [], operations });
    await following.agrees(server);
    expect(following.batches.slice(1)).toMatchObject([{ kind: 'change', revision, events: { length: 100 } }]);
  });

  it('stays live on one watch while nothing happens', async () => {
    const { following, proxy } = await liveBehindProxy(server);
    const etcd = clientOf(server);
    const elsewhere = newPrefix();
    await elapse(3 * fast.silence);
    await putMany(etcd, elsewhere, 50, String);
    await elapse(2 * fast.silence);
    expect(following.source.counts).toEqual({ lists: 1, watches: 1, comparisons: 0, differences: 0 });
    expect(proxy.accepted).toBe(1);
    expect(following.states.map(({ kind }) => kind)).toEqual(['connecting', 'listing', 'live']);
  });

  it('waits for an etcd that has not started yet, reports that, and then continues', async () => {
    const port = await freePort();
    const prefix = newPrefix();
    const following = follow({ endpoints: [`http://127.0.0.1:${port}`] }, { keys: { prefix } });
    const state = await following.reaches('waiting');
    expect(state).toMatchObject({ endpoint: `http://127.0.0.1:${port}`, error: { code: 'ETCD_UNREACHABLE' } });
    expect(following.batches).toEqual([]);
    const late = await startEtcd({ binary, port });
    await clientOf(late).put(`${prefix}a`, '1');
    await following.agrees(late);
    await following.reaches('live');
  });
}

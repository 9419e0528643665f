import { cp, rm } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { ordersProgress } from '../../src/etcd/version.js';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { memoryDir } from '../support/temp.js';
import { clientOf, elapse, fast, follow, putMany, type Following } from './follow.js';

describeWith('etcd', 'a source on the system’s etcd', suite);
describeWith('etcd-current', 'a source on a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  let prefixes = 0;
  const newPrefix = (): string => `/p${++prefixes}/`;

  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  /** A source that is live behind a proxy. */
  async function behindProxy(
    target: EtcdServer,
    options: Partial<Parameters<typeof follow>[1]> = {},
  ): Promise<{ proxy: Proxy; prefix: string; following: Following }> {
    const proxy = await startProxy(target.port);
    const prefix = newPrefix();
    const following = follow({ endpoints: [proxy.endpoint] }, { prefix, ...options });
    await following.reaches('live');
    return { proxy, prefix, following };
  }

  it('delivers a list, then puts, deletes and expired leases, in order', async () => {
    const etcd = clientOf(server);
    const prefix = newPrefix();
    await etcd.put(`${prefix}a`, '1');
    const following = follow({ endpoints: [server.endpoint] }, { prefix });
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

  it('lists page by page at one revision while keys come and go', async () => {
    const etcd = clientOf(server);
    const prefix = newPrefix();
    await putMany(etcd, `${prefix}a`, 60, () => '');
    const writing = new AbortController();
    // Each transaction moves one key from one end of the prefix to the other, so at any one revision there are sixty.
    const churn = (async () => {
      for (let n = 0; !writing.signal.aborted; n++) {
        const [from, to] = n % 120 < 60 ? ['a', 'z'] : ['z', 'a'];
        const put = { key: `${prefix}${to}${n % 60}`, value: '' };
        await etcd.txn({ conditions: [], operations: [{ put }, { delete: { key: `${prefix}${from}${n % 60}` } }] });
      }
    })();
    const following = follow({ endpoints: [server.endpoint] }, { prefix, pageSize: 2 });
    await following.reaches('live');
    writing.abort();
    await churn;
    const [sync] = following.batches;
    expect(sync).toMatchObject({ kind: 'sync', entries: { length: 60 } });
    await following.agrees(server);
  });

  it('hands a transaction on as one batch', async () => {
    const { prefix, following } = await behindProxy(server);
    const operations = Array.from({ length: 100 }, (_, n) => ({
      put: { key: `${prefix}${n}`, value: 'x'.repeat(10_000) },
    }));
    const { revision } = await clientOf(server).txn({ conditions: [], operations });
    await following.agrees(server);
    expect(following.batches.slice(1)).toMatchObject([{ kind: 'change', revision, events: { length: 100 } }]);
  });

  it('stays live on one watch while nothing happens', async () => {
    const { following, proxy } = await behindProxy(server);
    const etcd = clientOf(server);
    const elsewhere = newPrefix();
    await elapse(3 * fast.silence);
    await putMany(etcd, elsewhere, 50, String);
    await elapse(2 * fast.silence);
    expect(following.source.counts).toEqual({ lists: 1, watches: 1, comparisons: 0, differences: 0 });
    expect(proxy.accepted).toBe(1);
    expect(following.states.map(({ kind }) => kind)).toEqual(['connecting', 'listing', 'live']);
  });

  it('loses nothing when the connection flaps right after the watch was confirmed', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    const watches = following.source.counts.watches;
    await proxy.refuse();
    await putMany(clientOf(server), prefix, 10, String);
    proxy.cutAfterCreated(3);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts).toMatchObject({ lists: 1, watches: watches + 4 });
  });

  it('loses nothing of 5000 puts when the connection flaps while it catches up', async () => {
    const { proxy, prefix, following } = await behindProxy(server, { maxLag: 100_000 });
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
    const { proxy, prefix, following } = await behindProxy(server, { maxLag: 100 });
    await clientOf(server).put(`${prefix}gone`, '');
    await following.agrees(server);
    await proxy.refuse();
    await clientOf(server).delete(`${prefix}gone`);
    await putMany(clientOf(server), prefix, 200, String);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(2);
  });

  it('takes 6 MB of events in one go after a cut', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    await proxy.refuse();
    const big = 'v'.repeat(600_000);
    await putMany(clientOf(server), prefix, 10, (n) => `${n}${big}`);
    await proxy.serve();
    await following.agrees(server);
    expect(following.source.counts.lists).toBe(1);
  });

  it('lists again when the history was compacted while it was cut off', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
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
    expect(following.log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ kind: 'compacted' }) as unknown }),
    );
  });

  it('is not thrown back by the compaction of what never concerned it, where progress can be trusted', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    const etcd = clientOf(server);
    await putMany(etcd, newPrefix(), 20, String);
    // Long enough to be asked for progress and to have answered, behind all of these puts.
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

  it('says nothing new when a list finds what it knows already', async () => {
    const { proxy, prefix, following } = await behindProxy(server, { maxLag: 10 });
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

  it('notices a connection that swallows everything, and goes on when it speaks again', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    proxy.swallow();
    await clientOf(server).put(`${prefix}a`, '1');
    const began = performance.now();
    await until(() => following.state()?.kind !== 'live', { what: 'the end of the silence' });
    expect(performance.now() - began).toBeLessThan(fast.silence + 1000);
    await proxy.serve();
    await following.agrees(server);
    await following.reaches('live');
    expect(following.source.counts.lists).toBe(1);
  });

  it('makes a new connection when the old one has gone silent for good', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    proxy.strand();
    await clientOf(server).put(`${prefix}a`, '1');
    await until(() => following.content.get(`${prefix}a`) === '1', { deadline: fast.silence + 3000 });
    expect(proxy.accepted).toBe(2);
  });

  it('notices a server that is stopped with its sockets open', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    const following = follow({ endpoints: [own.endpoint] }, { prefix });
    await following.reaches('live');
    own.pause();
    const state = await until(() => following.states.find(({ kind }) => kind === 'waiting'));
    expect(state).toMatchObject({ endpoint: own.endpoint, error: { code: 'ETCD_UNREACHABLE' } });
    own.resume();
    await clientOf(own).put(`${prefix}a`, '1');
    await following.agrees(own);
    await following.reaches('live');
  });

  it('lives with a server whose every word comes late', async () => {
    const { proxy, prefix, following } = await behindProxy(server);
    proxy.delay(300);
    await clientOf(server).put(`${prefix}a`, '1');
    await following.agrees(server);
    await elapse(3 * fast.silence);
    expect(following.source.counts.watches).toBe(1);
  });

  it('leaves no connection behind over many outages', async () => {
    const { proxy, following } = await behindProxy(server);
    for (let outage = 0; outage < 4; outage++) {
      await proxy.refuse();
      const waits = following.states.length + 4;
      await until(() => following.states.length > waits, { what: 'several attempts' });
      await proxy.serve();
      await following.reaches('live');
    }
    await until(() => proxy.open === 1, { what: 'one open connection' });
    await following.stop();
    following.etcd.close();
    await until(() => proxy.open === 0, { what: 'no open connection' });
  });

  it('waits for an etcd that is not there yet, says so, and goes on by itself', async () => {
    const port = await freePort();
    const prefix = newPrefix();
    const following = follow({ endpoints: [`http://127.0.0.1:${port}`] }, { prefix });
    const state = await following.reaches('waiting');
    expect(state).toMatchObject({ endpoint: `http://127.0.0.1:${port}`, error: { code: 'ETCD_UNREACHABLE' } });
    expect(following.batches).toEqual([]);
    const late = await startEtcd({ binary, port });
    await clientOf(late).put(`${prefix}a`, '1');
    await following.agrees(late);
    await following.reaches('live');
  });

  it('lists again when the store was wiped and its revision went backwards', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    await putMany(clientOf(own), prefix, 30, () => 'old');
    const following = follow({ endpoints: [own.endpoint] }, { prefix });
    await following.reaches('live');
    await own.kill();
    await own.start({ wipe: true });
    await putMany(clientOf(own), prefix, 20, () => 'new');
    await following.agrees(own);
    expect(following.content.size).toBe(20);
    expect(reasons(following)).toMatch(/revision \d+, it was at \d+/);
  });

  it('lists again when another cluster answers at the same address', async () => {
    const own = await startEtcd({ binary });
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { prefix });
    await following.reaches('live');
    await proxy.refuse();
    await own.restart({ wipe: true, args: ['--initial-cluster-token', 'another'] });
    // Further on than the old one ever was.
    await putMany(clientOf(own), prefix, 50, () => 'new');
    await proxy.serve();
    await following.agrees(own);
    expect(reasons(following)).toMatch(/the cluster is \d+, it was \d+/);
    const ids = following.batches.flatMap((batch) => (batch.kind === 'sync' ? batch.clusterId : []));
    expect(new Set(ids).size).toBe(2);
  });

  it('lists again when an older copy of the store was put back', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    await putMany(clientOf(own), prefix, 10, () => 'old');
    const copy = await memoryDir();
    await own.stop();
    await cp(own.dir, copy, { recursive: true });
    await own.start();
    const following = follow({ endpoints: [own.endpoint] }, { prefix });
    await putMany(clientOf(own), prefix, 30, () => 'new');
    await following.agrees(own);
    await own.kill();
    await rm(own.dir, { recursive: true });
    await cp(copy, own.dir, { recursive: true });
    await own.start();
    await following.agrees(own);
    expect(following.content.size).toBe(10);
  });

  it('finds by the raft term that a wiped store has grown past what it knew', async () => {
    const own = await startEtcd({ binary });
    // Each start is an election, and each election a term.
    await own.restart();
    await own.restart();
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { prefix });
    await following.reaches('live');
    await proxy.refuse();
    await own.restart({ wipe: true });
    await putMany(clientOf(own), prefix, 50, () => 'new');
    await proxy.serve();
    await following.agrees(own);
    expect(reasons(following)).toMatch(/the raft term is/);
  });

  it('finds by its comparison what no header told', async () => {
    const own = await startEtcd({ binary });
    const proxy = await startProxy(own.port);
    const prefix = newPrefix();
    await clientOf(own).put(`${prefix}old`, '');
    const following = follow({ endpoints: [proxy.endpoint] }, { prefix, timing: { compareEvery: 800 } });
    await until(() => following.source.counts.comparisons > 0, { what: 'a comparison' });
    expect(following.source.counts.differences).toBe(0);
    await proxy.refuse();
    // A fresh store in its first term, at the same revision: nothing in a header differs.
    await own.restart({ wipe: true });
    await clientOf(own).put(`${prefix}new`, '');
    await proxy.serve();
    await following.agrees(own);
    expect(following.source.counts.differences).toBe(1);
    expect(following.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/fresh list differs/) as unknown }),
    );
  });
}

function reasons({ log }: Following): string {
  return log.lines.map(({ fields }) => String(fields.reason)).join('\n');
}

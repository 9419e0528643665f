import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/proxy.js';
import { clientOf, putMany } from './follow.js';

describeWith('etcd', 'calls to the system’s etcd', suite);
describeWith('etcd-current', 'calls to a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('puts, reads and deletes bytes of any kind', async () => {
    const etcd = clientOf(server);
    const key = '/bytes/\udcff\udc80é';
    const { revision, clusterId } = await etcd.put(key, 'v\udcfe\0');
    expect(BigInt(clusterId)).toBeGreaterThan(0n);
    const { entries } = await etcd.range({ key });
    expect(entries).toEqual([{ key, value: 'v\udcfe\0', lease: '0', createRevision: revision, modRevision: revision }]);
    const { kvs } = await server.api('kv/range', { key: Buffer.of(0).toString('base64'), range_end: 'AA==' });
    expect(kvs).toMatchObject([{ value: Buffer.of(0x76, 0xfe, 0).toString('base64') }]);
    await expect(etcd.delete(key)).resolves.toMatchObject({ deleted: 1 });
    await expect(etcd.delete(key)).resolves.toMatchObject({ deleted: 0 });
  });

  it('pages through a prefix at one revision', async () => {
    const etcd = clientOf(server);
    await putMany(etcd, '/pages/', 10, String);
    const first = await etcd.range({ prefix: '/pages/', limit: 4 });
    expect(first).toMatchObject({ more: true, entries: { length: 4 } });
    await etcd.delete('/pages/9');
    const after = first.entries.at(-1)?.key ?? '';
    const rest = await etcd.range({ prefix: '/pages/', after, revision: first.revision });
    expect(rest).toMatchObject({ more: false, entries: { length: 6 } });
  });

  it('keeps a lease’s 64 bits', async () => {
    const ID = '8999999999999999999';
    await server.api('lease/grant', { ID, TTL: '60' });
    const etcd = clientOf(server);
    await etcd.put('/lease', 'x', { lease: ID });
    await expect(etcd.range({ key: '/lease' })).resolves.toMatchObject({ entries: [{ lease: ID }] });
  });

  it('grants a lease, keeps it alive, returns its keys and revokes it', async () => {
    const etcd = clientOf(server);
    const { lease, ttl } = await etcd.grant(59_500);
    expect(ttl).toBe(60_000);
    await etcd.put('/leased/a', '1', { lease });
    await etcd.put('/leased/\udcff', '2', { lease });
    await expect(etcd.keepAlive(lease)).resolves.toMatchObject({ ttl: 60_000 });
    const state = await etcd.timeToLive(lease);
    expect(state).toMatchObject({ ttl: 60_000, left: expect.any(Number) as unknown });
    expect(state?.left).toBeGreaterThan(30_000);
    expect(state?.keys.toSorted()).toEqual(['/leased/a', '/leased/\udcff']);
    await expect(etcd.revoke(lease)).resolves.toBe(true);
    await expect(etcd.range({ prefix: '/leased/' })).resolves.toMatchObject({ entries: [] });
  });

  it('reports a lease that does not exist', async () => {
    const etcd = clientOf(server);
    const { lease } = await etcd.grant(60_000);
    await etcd.revoke(lease);
    await expect(etcd.revoke(lease)).resolves.toBe(false);
    await expect(etcd.keepAlive(lease)).resolves.toMatchObject({ ttl: 0 });
    await expect(etcd.timeToLive(lease)).resolves.toBeUndefined();
    await expect(etcd.put('/leased/late', '', { lease })).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      traits: { leaseGone: true },
    });
  });

  it('grants at least etcd’s minimum TTL', async () => {
    // 1.5 times its election timeout, which is a second.
    await expect(clientOf(server).grant(1000)).resolves.toMatchObject({ ttl: 2000 });
  });

  it('changes only keys of a given lease', async () => {
    const etcd = clientOf(server);
    const [{ lease }, other] = await Promise.all([etcd.grant(60_000), etcd.grant(60_000)]);
    await etcd.put('/held/a', '1', { lease });
    const leave = (of: string, key = '/held/a') =>
      etcd.txn({ conditions: [{ key, lease: of }], operations: [{ delete: { key } }] });
    await expect(leave(other.lease)).resolves.toMatchObject({ succeeded: false });
    await expect(leave(lease, '/held/absent')).resolves.toMatchObject({ succeeded: false });
    await expect(leave(lease)).resolves.toMatchObject({ succeeded: true });
    await expect(etcd.range({ prefix: '/held/' })).resolves.toMatchObject({ entries: [] });
  });

  it('takes a shorter timeout for a call', async () => {
    const proxy = await startProxy(server.port);
    const etcd = clientOf({ endpoints: [proxy.endpoint, server.endpoint], callTimeout: 600_000 });
    const { lease } = await etcd.grant(60_000);
    proxy.swallow();
    // Answered by the other endpoint, long before the connection's own limit.
    await expect(etcd.keepAlive(lease, { timeout: 200 })).resolves.toMatchObject({ ttl: 60_000 });
    expect(etcd.endpoint).toBe(server.endpoint);
  });

  it('changes all or nothing, when the conditions hold', async () => {
    const etcd = clientOf(server);
    const { revision } = await etcd.put('/txn/a', '1');
    const operations = [{ put: { key: '/txn/b', value: '2' } }, { delete: { key: '/txn/a' } }];
    const stale = [{ key: '/txn/a', modRevision: String(BigInt(revision) - 1n) }];
    await expect(etcd.txn({ conditions: stale, operations })).resolves.toMatchObject({ succeeded: false });
    await expect(etcd.range({ prefix: '/txn/' })).resolves.toMatchObject({ entries: [{ key: '/txn/a' }] });
    const holds = [
      { key: '/txn/a', modRevision: revision },
      { key: '/txn/b', modRevision: '0' },
    ];
    await expect(etcd.txn({ conditions: holds, operations })).resolves.toMatchObject({ succeeded: true });
    await expect(etcd.range({ prefix: '/txn/' })).resolves.toMatchObject({ entries: [{ key: '/txn/b' }] });
  });

  it('passes etcd’s own error message on', async () => {
    const etcd = clientOf(server);
    const twice = { put: { key: '/twice', value: '' } };
    await expect(etcd.txn({ conditions: [], operations: [twice, twice] })).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      retry: false,
      message: expect.stringMatching(/duplicate key/) as unknown,
    });
  });

  it('has a deadline on every call, and goes on when the server does', async () => {
    const own = await startEtcd({ binary });
    const etcd = clientOf({ endpoints: [own.endpoint], callTimeout: 300 });
    await etcd.put('/a', '1');
    await own.pause();
    const began = performance.now();
    await expect(etcd.range({ key: '/a' })).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE', retry: true });
    expect(performance.now() - began).toBeLessThan(3000);
    own.resume();
    await expect(etcd.range({ key: '/a' })).resolves.toMatchObject({ entries: [{ value: '1' }] });
  });

  it('ends a call when its signal does', async () => {
    const proxy = await startProxy(server.port);
    const etcd = clientOf({ endpoints: [proxy.endpoint], callTimeout: 60_000 });
    await etcd.status();
    proxy.swallow();
    const controller = new AbortController();
    const call = etcd.range({ key: '/a' }, controller.signal);
    controller.abort();
    await expect(call).rejects.toThrow();
  });

  it('returns the server’s version and its own endpoint', async () => {
    await expect(clientOf(server).status()).resolves.toMatchObject({
      endpoint: server.endpoint,
      version: expect.stringMatching(/^3\.\d+\.\d+/) as unknown,
    });
  });

  it('takes an answer beyond grpc’s usual 4 MiB', async () => {
    const etcd = clientOf({ endpoints: [server.endpoint], callTimeout: 20_000 });
    const big = 'x'.repeat(1_000_000);
    for (let n = 0; n < 8; n++) await etcd.put(`/big/${n}`, big);
    await expect(etcd.range({ prefix: '/big/' })).resolves.toMatchObject({ entries: { length: 8 } });
  });
}

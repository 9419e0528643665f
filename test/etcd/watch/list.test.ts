import { beforeAll, expect, it } from 'vitest';
import { listKeys } from '../../../src/etcd/watch/list.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { clientOf, newPrefix, putMany } from '../follow.js';

describeWith('etcd', 'a list from the system’s etcd', suite);
describeWith('etcd-current', 'a list from a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  /** Lists a prefix with small pages, and notes the keys that each page asked for. */
  async function list(
    prefix: string,
    pageSize: number,
  ): Promise<{ keys: readonly string[]; limits: readonly unknown[] }> {
    const etcd = clientOf(server);
    const limits: unknown[] = [];
    const noting = {
      endpoint: etcd.endpoint,
      range(...[query, signal]: Parameters<typeof etcd.range>) {
        limits.push(query.limit);
        return etcd.range(query, signal);
      },
    };
    const { entries } = await listKeys(noting, { prefix }, { pageSize }, new AbortController().signal);
    return { keys: entries.map(({ key }) => key), limits };
  }

  it('reads larger pages after the first', async () => {
    const prefix = newPrefix();
    await putMany(clientOf(server), prefix, 30, String);
    const { keys, limits } = await list(prefix, 2);
    expect(keys).toHaveLength(30);
    expect(new Set(keys).size).toBe(30);
    expect(limits).toEqual([2, 8, 8, 8, 8]);
  });

  it('keeps pages of large values small', async () => {
    const prefix = newPrefix();
    await putMany(clientOf(server), prefix, 9, () => 'x'.repeat(1_400_000));
    const { keys, limits } = await list(prefix, 3);
    expect(keys).toHaveLength(9);
    expect(limits).toEqual([3, 5, 5]);
  });

  it('begins again, without the pages before, when a page comes from another store', async () => {
    const prefix = newPrefix();
    await putMany(clientOf(server), prefix, 30, String);
    const etcd = clientOf(server);
    let calls = 0;
    const switching = {
      endpoint: etcd.endpoint,
      async range(...[query, signal]: Parameters<typeof etcd.range>) {
        const answer = await etcd.range(query, signal);
        return ++calls === 3 ? { ...answer, clusterId: '1' } : answer;
      },
    };
    const { entries } = await listKeys(switching, { prefix }, { pageSize: 2 }, new AbortController().signal);
    expect(entries).toHaveLength(30);
    expect(new Set(entries.map(({ key }) => key)).size).toBe(30);
    expect(calls).toBe(8);
  });
}

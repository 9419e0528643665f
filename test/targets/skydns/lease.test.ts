import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Etcd } from '../../../src/etcd/client.js';
import { openStore } from '../../../src/state/store.js';
import { createSkydnsTarget } from '../../../src/targets/skydns/target.js';
import { connect } from '../../contract/skydns-world.js';
import { pass, viewOf } from '../../contract/target.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { memoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';

describeWith('etcd', 'the keys of a target with a lease', () => {
  let server: EtcdServer;
  let etcd: Etcd;
  let worlds = 0;
  beforeAll(async () => {
    server = await startEtcd();
    etcd = connect(server);
  });
  afterAll(() => {
    etcd.close();
  });

  const open = async (): Promise<{
    readonly target: (lease?: number) => ReturnType<typeof createSkydnsTarget>;
    readonly leases: () => Promise<readonly string[]>;
  }> => {
    const log = memoryLog();
    const prefix = `/lease-${++worlds}`;
    const journal = await (await openStore(await memoryDir(), { log })).journal('dns');
    return {
      target: (lease) =>
        createSkydnsTarget(
          { prefix, domain: 'svc.example.com', owner: 'me', lease },
          { target: 'dns', journal, etcd, log },
        ),
      leases: async () => [...new Set((await etcd.range({ prefix: `${prefix}/` })).entries.map(({ lease }) => lease))],
    };
  };

  it('are all under one lease, which the next process takes over', async () => {
    const { target, leases } = await open();
    const view = viewOf({ api: [1], web: [1, 2] });
    await pass(target(600_000), view);
    const [lease = '', ...others] = await leases();
    expect(others).toEqual([]);
    expect((await etcd.timeToLive(lease))?.ttl).toBe(600_000);
    expect((await pass(target(600_000), view)).changes).toBe(0);
    await pass(target(600_000), viewOf({ web: [1, 2, 3] }));
    expect(await leases()).toEqual([lease]);
  });

  it('come back under a new lease after theirs has ended', async () => {
    const { target, leases } = await open();
    const same = target(600_000);
    await pass(same, viewOf({ web: [1, 2] }));
    const [lease = ''] = await leases();
    await etcd.revoke(lease);
    expect(await leases()).toEqual([]);
    expect((await pass(same, viewOf({ web: [1, 2] }))).changes).toBe(2);
    expect(await leases()).not.toEqual([lease]);
  });

  it('get and lose their lease with the config', async () => {
    const { target, leases } = await open();
    await pass(target(), viewOf({ web: [1] }));
    expect(await leases()).toEqual(['0']);
    await pass(target(600_000), viewOf({ web: [1] }));
    expect(await leases()).not.toEqual(['0']);
    await pass(target(), viewOf({ web: [1] }));
    expect(await leases()).toEqual(['0']);
  });

  it('never keep a lease alive that has keys of others, too', async () => {
    const { target, leases } = await open();
    const { lease } = await etcd.grant(600_000);
    await pass(target(), viewOf({ web: [1] }));
    const [entry] = (await etcd.range({ prefix: `/lease-${worlds}/` })).entries;
    await etcd.put(entry?.key ?? '', entry?.value ?? '', { lease });
    await etcd.put('/services/other/1', '10.0.0.9:1', { lease });
    await pass(target(600_000), viewOf({ web: [1] }));
    expect(await leases()).not.toContain(lease);
  });
});

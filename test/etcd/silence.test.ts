import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { clientOf, elapse, fast, follow, liveBehindProxy, newPrefix } from './follow.js';

describeWith('etcd', 'a source that meets silence on the system’s etcd', suite);
describeWith('etcd-current', 'a source that meets silence on a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('notices a connection that drops everything, and continues when it works again', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
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
    const { proxy, prefix, following } = await liveBehindProxy(server);
    proxy.strand();
    await clientOf(server).put(`${prefix}a`, '1');
    await until(() => following.content.get(`${prefix}a`) === '1', { deadline: fast.silence + 3000 });
    expect(proxy.accepted).toBe(2);
  });

  it('notices a server that is stopped with its sockets open', async () => {
    const own = await startEtcd({ binary });
    const prefix = newPrefix();
    const following = follow({ endpoints: [own.endpoint] }, { keys: { prefix } });
    await following.reaches('live');
    await own.pause();
    const state = await until(() => following.states.find(({ kind }) => kind === 'waiting'));
    expect(state).toMatchObject({ endpoint: own.endpoint, error: { code: 'ETCD_UNREACHABLE' } });
    own.resume();
    await clientOf(own).put(`${prefix}a`, '1');
    await following.agrees(own);
    await following.reaches('live');
  });

  it('works with a server that answers late', async () => {
    const { proxy, prefix, following } = await liveBehindProxy(server);
    proxy.delay(300);
    await clientOf(server).put(`${prefix}a`, '1');
    await following.agrees(server);
    await elapse(3 * fast.silence);
    expect(following.source.counts.watches).toBe(1);
  });

  it('leaves no connection behind over many outages', async () => {
    const { proxy, following } = await liveBehindProxy(server);
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
}

import { beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startCluster, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { clientOf, follow } from './follow.js';

describeWith('etcd', 'several endpoints of the system’s etcd', suite);
describeWith('etcd-current', 'several endpoints of a current etcd', suite);

function suite(binary: string): void {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await startEtcd({ binary });
  });

  it('skips a dead endpoint, by name and by address, for reads and writes', async () => {
    const dead = await freePort();
    for (const endpoints of [
      [`http://localhost:${dead}`, `http://localhost:${server.port}`],
      [`127.0.0.1:${dead}`, `127.0.0.1:${server.port}`],
    ]) {
      await clientOf({ endpoints }).put('/a', 'written');
      await expect(clientOf({ endpoints }).range({ key: '/a' })).resolves.toMatchObject({
        entries: [{ value: 'written' }],
      });
      const following = follow({ endpoints }, { keys: { prefix: '/' } });
      await following.reaches('live');
      expect(following.state()).toEqual({ kind: 'live', endpoint: endpoints[1] });
    }
  });

  it('skips an endpoint that takes connections and never answers', async () => {
    const proxy = await startProxy(server.port);
    proxy.swallow();
    const endpoints = [proxy.endpoint, server.endpoint];
    const following = follow({ endpoints, callTimeout: 300, dialTimeout: 300 }, { keys: { prefix: '/' } });
    await following.reaches('live');
    expect(following.state()).toMatchObject({ endpoint: server.endpoint });
  });

  it('moves to another endpoint at once when its own dies', async () => {
    const proxy = await startProxy(server.port);
    const following = follow({ endpoints: [proxy.endpoint, server.endpoint] }, { keys: { prefix: '/' } });
    await following.reaches('live');
    expect(following.state()).toMatchObject({ endpoint: proxy.endpoint });
    const began = performance.now();
    await proxy.refuse();
    await until(() => following.states.some(({ kind, endpoint }) => kind === 'live' && endpoint === server.endpoint));
    expect(performance.now() - began).toBeLessThan(1000);
    expect(following.source.counts.lists).toBe(1);
  });

  it('does not send a write again that may have arrived', async () => {
    const proxy = await startProxy(server.port);
    const etcd = clientOf({ endpoints: [proxy.endpoint, server.endpoint], callTimeout: 300 });
    await etcd.status();
    const before = await clientOf(server).range({ key: '/w' });
    proxy.delay(1000);
    await expect(etcd.put('/w', 'once')).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' });
    const after = await clientOf(server).range({ key: '/w' });
    expect(BigInt(after.revision) - BigInt(before.revision)).toBe(1n);
  });

  it('leaves a member that has lost its quorum, and says why when it is the only one', async () => {
    const members = await startCluster(3, { binary });
    const [survivor, ...others] = members;
    if (survivor === undefined) throw new Error('no member');
    // A member notices by its own clock that there is no leader. On a loaded machine that takes longer than the usual timeout
    // of these tests, and the first error would be our own: that the endpoint does not answer.
    const patient = { created: 20_000, silence: 20_000 };
    const connection = { endpoints: [survivor.endpoint], callTimeout: 20_000 };
    const following = follow(connection, { keys: { prefix: '/q/' }, timing: patient });
    await following.reaches('live');
    await Promise.all(others.map((member) => member.kill()));
    const state = await until(() => following.states.find(({ kind }) => kind === 'waiting'), {
      deadline: 30_000,
      what: 'the loss of the leader',
    });
    expect(state).toMatchObject({
      error: { code: 'ETCD_UNREACHABLE', message: expect.stringMatching(/no leader/) as unknown },
    });
    await Promise.all(others.map((member) => member.start()));
    await following.reaches('live');
    await clientOf(survivor).put('/q/a', '1');
    await following.agrees(survivor);
  });
}

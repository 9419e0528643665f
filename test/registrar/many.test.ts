import { expect, it, onTestFinished } from 'vitest';
import { createRegistrar } from '../../src/registrar/registrar.js';
import { describeWith } from '../support/binaries.js';
import { realClock } from '../support/clock.js';
import { startEtcd } from '../support/etcd.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { clientOf } from '../etcd/follow.js';
import { keysOf, leasesOf } from './registering.js';

describeWith('etcd', 'a thousand registrations of one process on the system’s etcd', suite);
describeWith('etcd-current', 'a thousand registrations of one process on a current etcd', suite);

const count = 1000;

function suite(binary: string): void {
  it('are all put back after a restart that lost them, under one lease, a few at a time', async () => {
    const server = await startEtcd({ binary });
    const etcd = clientOf({ endpoints: [server.endpoint], callTimeout: 20_000 });
    const flying = { now: 0, most: 0 };
    const counted: typeof etcd.txn = async (...args) => {
      flying.most = Math.max(flying.most, ++flying.now);
      return etcd.txn(...args).finally(() => (flying.now -= 1));
    };
    const registrar = createRegistrar(
      { ...etcd, txn: counted },
      { clock: realClock, random: Math.random, log: memoryLog() },
    );
    onTestFinished(() => registrar.close());
    const handles = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        registrar.register(
          { service: 'web', id: String(n), address: '10.0.0.1', port: n + 1 },
          { ttl: 30_000, timeout: Infinity },
        ),
      ),
    );
    const before = await keysOf(server, '/services/');
    expect(before).toHaveLength(count);
    expect(await leasesOf(server)).toHaveLength(1);

    await server.restart({ wipe: true });
    await until(async () => (await keysOf(server, '/services/')).length === count, {
      deadline: 50_000,
      every: 250,
      what: 'every key',
    });
    await until(() => handles.every(({ state }) => state === 'registered'), { deadline: 20_000 });
    const [lease, ...others] = await leasesOf(server);
    expect(others).toEqual([]);
    const after = await keysOf(server, '/services/');
    expect(after.map(({ key, value }) => [key, value])).toEqual(before.map(({ key, value }) => [key, value]));
    expect(new Set(after.map((entry) => entry.lease))).toEqual(new Set([lease]));
    expect(flying.most).toBeGreaterThan(1);
    expect(flying.most).toBeLessThanOrEqual(16);

    await registrar.close();
    expect(await keysOf(server, '/services/')).toEqual([]);
    expect(await leasesOf(server)).toEqual([]);
  });
}

import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startEtcd } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { clientOf, newPrefix } from '../etcd/follow.js';
import { patient, registering } from './registering.js';

describeWith('etcd', 'the status of a registration', () => {
  it('is registered, lost while etcd is stopped, registered again, and gone', async () => {
    const server = await startEtcd();
    onTestFinished(() => server.stop());
    const prefix = newPrefix();
    const began = Date.now();
    const { register, registrar } = registering(server);
    const { handle, says } = await register(
      { service: 'web', id: '1', address: '10.0.0.1', port: 8080 },
      { prefix, ttl: 2000 },
    );
    const place = { key: `${prefix}web/1`, service: 'web', id: '1' };
    const first = handle.status();
    expect(first).toEqual({
      ...{ ...place, state: 'registered', since: first.since, reason: 'registered', detail: 'etcd has the key' },
    });
    expect(Date.parse(first.since)).toBeGreaterThanOrEqual(began);
    expect(Date.parse(first.since)).toBeLessThanOrEqual(Date.now());
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(registrar.status()).toEqual([first]);

    await server.stop();
    await until(() => handle.status().problem, { ...patient, what: 'a problem' });
    await says('lost keepalive-overdue');
    const lost = handle.status();
    expect(lost).toMatchObject({ ...place, state: 'lost', reason: 'keepalive-overdue' });
    expect(lost).toMatchObject({ detail: handle.last.detail, problem: { code: 'ETCD_UNREACHABLE' } });
    expect(Date.parse(lost.since)).toBeGreaterThan(Date.parse(first.since));

    await server.start();
    await says('registered restored');
    const again = handle.status();
    expect(again).toMatchObject({ ...place, state: 'registered', reason: 'restored' });
    expect(again.problem).toBeUndefined();
    expect(Date.parse(again.since)).toBeGreaterThanOrEqual(Date.parse(lost.since));

    await handle.deregister();
    expect(handle.status()).toMatchObject({ ...place, state: 'gone', reason: 'deregistered' });
    expect(registrar.status()).toEqual([]);
  });

  it('does not list a registration that etcd has refused', async () => {
    const server = await startEtcd();
    onTestFinished(() => server.stop());
    const prefix = newPrefix();
    const { register, registrar } = registering(server);
    await clientOf(server).put(`${prefix}web/1`, '10.0.0.2:80');
    const refused = register({ service: 'web', id: '1', address: '10.0.0.1', port: 8080 }, { prefix });
    expect(registrar.status()).toEqual([]);
    await expect(refused).rejects.toMatchObject({ code: 'REGISTRATION_CONFLICT' });
    expect(registrar.status()).toEqual([]);
  });
});

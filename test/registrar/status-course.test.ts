import { describe, expect, it } from 'vitest';
import { EtcdError } from '../../src/etcd/failure.js';
import type { RegistrarEtcd } from '../../src/registrar/lease-group.js';
import { createRegistrar } from '../../src/registrar/registrar.js';
import type { Registered, RegistrationStatus } from '../../src/registrar/registered.js';
import { memoryLog } from '../support/log.js';
import { createStore, virtualClock, type Fate, type Store } from './store.js';

const ttl = 10_000;
const key = '/services/web/1';

/** One registration on a model of etcd, with a virtual clock. `denied`: etcd refuses every transaction. */
async function world() {
  const clock = virtualClock();
  const calls = { usual: 'ok' as Fate, denied: false };
  const store: Store = createStore(clock, () => calls.usual);
  const etcd: RegistrarEtcd = {
    ...store.etcd,
    txn: (request, signal) =>
      calls.denied
        ? Promise.reject(new EtcdError('ETCD_DENIED', 'put: permission denied', {}))
        : store.etcd.txn(request, signal),
  };
  const registrar = createRegistrar(etcd, { clock, random: () => 0.5, log: memoryLog() });
  const registering = registrar.register({ service: 'web', id: '1', address: '10.0.0.1', port: 80 }, { ttl });
  await clock.pass(10);
  const web: Registered = await registering;
  const inEvents: RegistrationStatus[] = [];
  web.on('change', () => void inEvents.push(web.status()));
  return { clock, calls, store, registrar, web, inEvents };
}

const stateAt = (status: RegistrationStatus): string =>
  `${status.state} ${status.reason} ${Date.parse(status.since)} ${status.problem?.code ?? '-'}`;

describe('the status of a registration', () => {
  it('keeps `since` while the state stays, and has the new state inside a listener', async () => {
    const { clock, web, inEvents } = await world();
    const first = web.status();
    await clock.pass(1000);
    await Promise.all([web.update({ weight: 5 }), clock.pass(10)]);
    await Promise.all([web.drain(), clock.pass(10)]);
    const began = Date.parse(first.since);
    expect(inEvents.map(stateAt)).toEqual([`registered updated ${began} -`, 'draining draining 1020 -']);
    expect(web.status()).toEqual(inEvents[1]);
  });

  it('shows a failed keepalive before the registration is lost, and forgets it with the next good one', async () => {
    const { clock, calls, web, inEvents } = await world();
    const first = web.status();
    calls.usual = 'refused';
    await clock.pass(ttl / 3 + 1000);
    expect(web.status()).toEqual({ ...first, problem: { ...web.status().problem, code: 'ETCD_UNREACHABLE' } });
    calls.usual = 'ok';
    await clock.pass(ttl / 3);
    expect(web.status()).toEqual(first);
    expect(inEvents).toEqual([]);
  });

  it('keeps the refusal of a change, whatever other calls succeed, until etcd has the change', async () => {
    const { clock, calls, web } = await world();
    const first = web.status();
    calls.denied = true;
    const updating = expect(web.update({ weight: 5 })).rejects.toMatchObject({ code: 'ETCD_DENIED' });
    await clock.pass(10);
    await updating;
    for (let n = 0; n < 50; n++) {
      expect(web.status()).toMatchObject({ ...first, problem: { code: 'ETCD_DENIED' } });
      await clock.pass(777);
    }
    calls.denied = false;
    await clock.pass(ttl);
    expect(web.status()).toEqual({ ...first, reason: 'updated' });
  });

  it('does not explain a loss with an earlier failure', async () => {
    const { clock, calls, store, web } = await world();
    calls.usual = 'refused';
    await clock.pass(ttl * 2);
    expect(web.status()).toMatchObject({ reason: 'keepalive-overdue', problem: { code: 'ETCD_UNREACHABLE' } });
    const { since } = web.status();
    store.put(key, 'of another writer');
    calls.usual = 'ok';
    await clock.pass(ttl);
    expect(web.status()).toMatchObject({ state: 'lost', reason: 'key-taken', since });
    expect(web.status().problem).toBeUndefined();
    store.remove(key);
    await clock.pass(ttl);
    expect(web.status()).toMatchObject({ state: 'registered', reason: 'restored' });
  });

  it('is gone without a problem, also when etcd does not answer', async () => {
    const { clock, calls, registrar, web } = await world();
    calls.usual = 'refused';
    const leaving = web.deregister();
    await clock.pass(10);
    // Until the lease must have expired, etcd may still have the key.
    expect(registrar.status()).toMatchObject([{ key, state: 'registered' }]);
    await Promise.all([leaving, clock.pass(ttl * 2)]);
    expect(web.status()).toMatchObject({ state: 'gone', reason: 'deregistered' });
    expect(web.status().problem).toBeUndefined();
    expect(registrar.status()).toEqual([]);
  });
});

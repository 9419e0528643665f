import { describe, expect, it } from 'vitest';
import type { Registered } from '../../src/registrar/registered.js';
import { createRegistrar } from '../../src/registrar/registrar.js';
import type { Registration } from '../../src/model/registration.js';
import { memoryLog } from '../support/log.js';
import { createStore, virtualClock, type Fate } from './store.js';

const ttl = 10_000;

/** A registrar on a model of etcd, with a virtual clock. */
function world() {
  const clock = virtualClock();
  const calls = { count: 0, fates: [] as Fate[], usual: 'ok' as Fate };
  const store = createStore(clock, () => {
    calls.count += 1;
    return calls.fates.shift() ?? calls.usual;
  });
  const log = memoryLog();
  const registrar = createRegistrar(store.etcd, { clock, random: () => 0.5, log });
  const register = async (id: string, more: Partial<Registration> = {}): Promise<Registered> => {
    const registered = registrar.register({ service: 'web', id, address: '10.0.0.1', port: 80, ...more }, { ttl });
    await clock.pass(10);
    return registered;
  };
  const keys = (): string[] => store.entries().map(({ key }) => key);
  return { clock, calls, store, log, registrar, register, keys };
}

describe('the loop of a registrar', () => {
  it('deletes a key whose put arrives after its deregistration', async () => {
    const { clock, calls, store, register, keys } = world();
    const [first, second] = [await register('1'), await register('2')];
    store.remove(first.key);
    // The next keepalive finds the key missing. The put that follows arrives a second after the caller gave it up.
    calls.fates = ['ok', 'ok', 'ok', 'late'];
    await clock.pass(3400);
    const leaving = first.deregister();
    await clock.pass(900);
    await leaving;
    expect(keys()).toEqual([second.key]);
    await clock.pass(600);
    expect(keys()).toContain(first.key);
    await clock.pass(ttl / 3);
    expect(keys()).toEqual([second.key]);
    expect(second.state).toBe('registered');
  });

  it('counts as lost while etcd still has the key, but not earlier than necessary', async () => {
    const { clock, calls, register, keys } = world();
    const web = await register('1');
    calls.usual = 'refused';
    await clock.pass(8900);
    expect(web.state).toBe('registered');
    await clock.pass(1050);
    expect(web.last).toMatchObject({ state: 'lost', reason: 'keepalive-overdue', error: { code: 'ETCD_UNREACHABLE' } });
    expect(keys()).toEqual([web.key]);
  });

  it('reports everything in order to a process that was stopped for longer than its TTL', async () => {
    const { clock, register, keys } = world();
    const web = await register('1');
    const said: string[] = [];
    web.on('change', ({ reason }) => said.push(reason));
    await clock.jump(60_000);
    await clock.pass(10);
    expect(said).toEqual(['keepalive-overdue', 'lease-gone', 'restored']);
    expect(keys()).toEqual([web.key]);
  });

  it('asks rarely while etcd is away, and logs it once', async () => {
    const { clock, calls, log, register } = world();
    for (let n = 0; n < 40; n++) await register(String(n));
    calls.usual = 'refused';
    await clock.pass(20_000);
    calls.count = 0;
    const before = log.lines.length;
    await clock.pass(3_600_000);
    // Each attempt and the pause after it take at least 4 s.
    expect(calls.count).toBeGreaterThan(500);
    expect(calls.count).toBeLessThan(1000);
    expect(log.lines.length).toBe(before);
    expect(log.lines.filter(({ message }) => message.includes('was not kept alive'))).toHaveLength(1);
  });

  it('makes at most two calls in a round, however many registrations share the lease', async () => {
    const { clock, calls, register } = world();
    for (let n = 0; n < 40; n++) await register(String(n));
    calls.count = 0;
    await clock.pass(50_000);
    expect(calls.count).toBeLessThanOrEqual(2 * 16);
  });

  it('keeps the changes that were made while it was lost', async () => {
    const { clock, calls, store, register } = world();
    const web = await register('1');
    calls.usual = 'refused';
    await clock.pass(30_000);
    await web.update({ zone: 'b' });
    await web.drain();
    expect(web.state).toBe('lost');
    calls.usual = 'ok';
    await clock.pass(6000);
    expect(web.last).toMatchObject({ state: 'draining', reason: 'restored' });
    expect(JSON.parse(store.entries()[0]?.value ?? '')).toMatchObject({ zone: 'b', status: 'draining' });
  });

  it('makes a change after a failed keepalive, although the key was never lost', async () => {
    const { clock, calls, store, register } = world();
    const web = await register('1');
    await clock.pass(ttl / 3 + 10);
    // The next keepalives fail. A refused call takes half a second.
    calls.fates = ['refused', 'refused'];
    await clock.pass(ttl / 3 + 1000);
    const updating = web.update({ zone: 'b' });
    await clock.pass(ttl / 2);
    await updating;
    expect(web.state).toBe('registered');
    expect(JSON.parse(store.entries()[0]?.value ?? '')).toMatchObject({ zone: 'b' });
  });

  it('closes with one call, however many registrations there are', async () => {
    const { clock, calls, store, registrar, register } = world();
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => register(String(n))));
    calls.count = 0;
    const closing = registrar.close();
    await clock.pass(10);
    await closing;
    expect(calls.count).toBe(1);
    expect([store.entries(), store.leases()]).toEqual([[], []]);
    expect(all.every(({ state }) => state === 'gone')).toBe(true);
  });

  it('only revokes the lease when all registrations deregister at the same time', async () => {
    const { clock, calls, store, register } = world();
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => register(String(n))));
    calls.count = 0;
    const leaving = all.map((one) => one.deregister());
    await clock.pass(10);
    await Promise.all(leaving);
    expect(calls.count).toBe(1);
    expect(store.leases()).toEqual([]);
  });

  it('writes no value to its log', async () => {
    const { clock, calls, log, register } = world();
    const web = await register('1', { metadata: { secret: 'hush' } });
    await web.update({ zone: 'hush' }).catch(() => undefined);
    calls.usual = 'lost';
    await clock.pass(30_000);
    expect(JSON.stringify(log.lines)).not.toMatch(/hush|10\.0\.0\.1/);
  });
});

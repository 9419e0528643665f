import { describe, expect, it, onTestFinished } from 'vitest';
import { createLease } from '../../src/registrar/lease.js';
import { realClock } from '../support/clock.js';
import { startHostileEtcd, type Behaviour, type Behaviours } from '../support/hostile-etcd.js';
import { clientOf, elapse } from './follow.js';

const header = { cluster_id: '1', revision: '5', raft_term: '2' };
const id = '7587848390987';

const say =
  (message: object): Behaviour =>
  (_request, call) => {
    call.send({ header, ...message });
    call.end();
  };

async function clientOn(behaviours: Behaviours) {
  const hostile = await startHostileEtcd(behaviours);
  return { hostile, etcd: clientOf({ endpoints: [hostile.endpoint], callTimeout: 1000 }) };
}

describe('an invalid lease', () => {
  it.each([
    [{ ID: '0', TTL: '10' }, 'it grants a lease with the invalid id 0'],
    [{ ID: '-5', TTL: '10' }, 'it grants a lease with the invalid id -5'],
    [{ ID: id, TTL: '0' }, 'it grants a lease of 0 seconds'],
    [{ ID: id, TTL: '-1' }, 'it grants a lease of -1 seconds'],
  ])('is refused: %j', async (granted, why) => {
    const { etcd } = await clientOn({ 'Lease/LeaseGrant': say(granted) });
    await expect(etcd.grant(10_000)).rejects.toMatchObject({
      code: 'ETCD_ANSWER',
      message: expect.stringMatching(`cannot be read: ${why}$`) as string,
    });
  });

  it('counts as a day when its TTL is longer', async () => {
    const { etcd } = await clientOn({ 'Lease/LeaseGrant': say({ ID: id, TTL: String(2n ** 62n) }) });
    expect(await etcd.grant(10_000)).toMatchObject({ lease: id, ttl: 86_400_000 });
  });
});

describe('an invalid answer to a keepalive', () => {
  it('is refused when it is about another lease', async () => {
    const { etcd } = await clientOn({ 'Lease/LeaseKeepAlive': say({ ID: '7', TTL: '10' }) });
    await expect(etcd.keepAlive(id)).rejects.toThrow(`it is about lease 7, not about lease ${id}`);
  });

  it.each([
    ['-9', 0],
    ['0', 0],
    ['9223372036854775807', 86_400_000],
  ])('gives %s seconds: %i ms', async (TTL, ttl) => {
    const { etcd } = await clientOn({ 'Lease/LeaseKeepAlive': say({ ID: id, TTL }) });
    expect(await etcd.keepAlive(id)).toMatchObject({ ttl });
  });

  it('is not awaited for ever when the stream never sends it', async () => {
    const { etcd } = await clientOn({
      'Lease/LeaseKeepAlive': (_request, call) => {
        call.open();
      },
    });
    await expect(etcd.keepAlive(id)).rejects.toThrow('did not answer in time');
  });
});

describe('a registrar whose etcd grants invalid leases', () => {
  it.each([
    ['leases with a TTL of 0', { 'Lease/LeaseGrant': say({ ID: id, TTL: '0' }) }],
    ['leases without an id', { 'Lease/LeaseGrant': say({ ID: '0', TTL: '10' }) }],
    [
      'endless leases, and no answer to a keepalive',
      {
        'Lease/LeaseGrant': say({ ID: id, TTL: String(2n ** 62n) }),
        'Lease/LeaseKeepAlive': say({ ID: id, TTL: '0' }),
      },
    ],
  ])('calls etcd no faster than its backoff: %s', async (_title, behaviours) => {
    const { hostile, etcd } = await clientOn(behaviours);
    const warned: string[] = [];
    const warn = (warning: Error): void => void warned.push(warning.name);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const quiet = { granted: ignore, kept: ignore, lost: ignore, failed: ignore };
    const lease = createLease({ etcd, ttl: 10_000, clock: realClock, random: Math.random }, quiet);
    await elapse(1500);
    void lease.end();
    expect(hostile.calls.length).toBeLessThan(40);
    // Node warns with this of a timer that is too long and that it fires at once.
    expect(warned).not.toContain('TimeoutOverflowWarning');
  });
});

describe('a login at a server that is no etcd', () => {
  it.each([
    ['a line break', 'to\nken-canary'],
    ['an endless one', `token-canary${'x'.repeat(1 << 20)}`],
    ['another script', 'token-canary-ключ'],
  ])('is refused, and neither the token nor the password is shown: %s', async (_title, token) => {
    const hostile = await startHostileEtcd({ 'Auth/Authenticate': say({ token }) });
    const auth = { username: 'root', password: 'password-canary' };
    const etcd = clientOf({ endpoints: [hostile.endpoint], auth });
    const failure: unknown = await etcd.status().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'ETCD_ANSWER',
      message: expect.stringMatching(/cannot be read: its token has characters that a header cannot hold$/) as string,
    });
    expect(JSON.stringify([failure, String((failure as Error).cause)])).not.toMatch(/canary/);
  });
});

function ignore(): void {
  // This test looks only at the requests that the server gets.
}

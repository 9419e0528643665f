import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createElection, type Election, type ElectionChange } from '../../src/election/election.js';
import { createEtcdStore } from '../../src/election/etcd-store.js';
import { createEtcd } from '../../src/etcd/client.js';
import { realClock } from '../support/clock.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { startProxy, type Proxy } from '../support/proxy.js';

// The least TTL that etcd grants with its default timing is two seconds.
const timing = { leaseDuration: 3000, renewDeadline: 2000, retryPeriod: 300 };

interface Candidate {
  readonly name: string;
  readonly election: Election;
  readonly proxy: Proxy;
  readonly changes: ElectionChange[];
  end(): Promise<void>;
}

let etcd: EtcdServer;
let prefixes = 0;
let prefix = '';
let candidates: Candidate[] = [];
let watching: NodeJS.Timeout | undefined;
/** The names of those that led at the same time. */
let overlaps: string[] = [];

async function join(name: string): Promise<Candidate> {
  const proxy = await startProxy(etcd.port);
  const client = createEtcd(
    { endpoints: [proxy.endpoint], callTimeout: 800, dialTimeout: 400 },
    { clock: realClock, random: Math.random },
  );
  const store = createEtcdStore({ etcd: client, prefix, identity: name, leaseDuration: timing.leaseDuration });
  const changes: ElectionChange[] = [];
  const election = createElection({
    ...{ store, identity: name, timing, clock: realClock, random: Math.random, log: memoryLog() },
    onChange: (change) => changes.push(change),
  });
  const over = new AbortController();
  const running = election.run(over.signal);
  const candidate = {
    ...{ name, election, proxy, changes },
    async end() {
      over.abort();
      await running;
      client.close();
    },
  };
  candidates.push(candidate);
  return candidate;
}

async function joinAll(): Promise<void> {
  prefix = `/election-${++prefixes}/`;
  for (const name of ['a', 'b', 'c']) await join(name);
  watching = setInterval(() => {
    const leaders = candidates.filter(({ election }) => election.current() !== undefined).map(({ name }) => name);
    if (leaders.length > 1) overlaps.push(leaders.join('+'));
  }, 5);
}

const leaders = (): Candidate[] => candidates.filter(({ election }) => election.current() !== undefined);
const oneLeader = (deadline = 15_000): Promise<Candidate> => until(() => leaders()[0], { what: 'a leader', deadline });
const epochOf = ({ election }: Candidate): bigint => BigInt(election.current()?.epoch ?? -1);

async function holderKey(): Promise<
  { value: string; mod_revision: string; create_revision: string; lease: string } | undefined
> {
  const { kvs } = await etcd.api('kv/range', { key: Buffer.from(`${prefix}holder`).toString('base64') });
  return (kvs as { value: string; mod_revision: string; create_revision: string; lease: string }[] | undefined)?.[0];
}

beforeAll(async () => {
  etcd = await startEtcd();
});
afterEach(async () => {
  clearInterval(watching);
  await Promise.all(candidates.map((each) => each.end()));
  candidates = [];
  const seen = overlaps;
  overlaps = [];
  expect(seen).toEqual([]);
});

describe('an election in etcd', () => {
  it('has one leader, whose epoch is the revision of its key below a lease', async () => {
    await joinAll();
    const leader = await oneLeader();
    const key = await holderKey();
    expect(Buffer.from(key?.value ?? '', 'base64').toString()).toBe(leader.name);
    expect(key?.create_revision).toBe(leader.election.current()?.epoch);
    expect(key?.lease).toMatch(/^[1-9]\d+$/);
    const standby = candidates.find((each) => each !== leader);
    await until(() => standby?.election.status().leader === leader.name, { what: 'the word of a standby' });
    expect(standby?.election.status()).toMatchObject({
      ...{ state: 'standby', reason: 'started', epoch: leader.election.current()?.epoch, transitions: 0 },
      lease: `key ${prefix}holder`,
    });
    expect(leader.election.status()).toMatchObject({ state: 'leader', reason: 'elected', transitions: 1 });
  });

  it('hands the lease over at once when the leader ends', async () => {
    await joinAll();
    const leader = await oneLeader();
    const epoch = epochOf(leader);
    await leader.end();
    expect(leader.changes.at(-1)).toMatchObject({ state: 'standby', reason: 'released' });
    const next = await oneLeader(1500);
    expect(epochOf(next)).toBeGreaterThan(epoch);
  });

  it.each(['swallows', 'refuses'])('has another leader when the network %s what the leader sends', async (how) => {
    await joinAll();
    const leader = await oneLeader();
    const epoch = epochOf(leader);
    if (how === 'swallows') leader.proxy.swallow();
    else await leader.proxy.refuse();
    await until(() => leader.changes.at(-1)?.reason === 'renewal-overdue', { what: 'the loss' });
    const next = await until(() => leaders().find((each) => each !== leader), { what: 'the next', deadline: 15_000 });
    expect(epochOf(next)).toBeGreaterThan(epoch);
    await leader.proxy.serve();
    await until(() => leader.election.status().leader === next.name, { what: 'its return as a standby' });
    expect(leader.election.status().state).toBe('standby');
  });

  it('has no leader while etcd is stopped, and one afterwards', async () => {
    await joinAll();
    const leader = await oneLeader();
    await etcd.pause();
    await until(() => leaders().length === 0, { what: 'no leader' });
    expect(leader.election.status()).toMatchObject({ state: 'standby', reason: 'renewal-overdue' });
    await until(() => leader.election.status().problem?.code === 'ETCD_UNREACHABLE', { what: 'the problem' });
    etcd.resume();
    const next = await oneLeader();
    await until(() => next.election.status().problem === undefined, { what: 'the end of the problem' });
  });

  it('keeps one leader at most over a restart of etcd', async () => {
    await joinAll();
    await oneLeader();
    await etcd.restart();
    await oneLeader();
  });

  it('takes the lease again, in a later epoch, when its key is deleted or its lease revoked', async () => {
    await joinAll();
    let leader = await oneLeader();
    let epoch = epochOf(leader);
    await deleteKey(etcd, `${prefix}holder`);
    await until(() => leader.changes.some(({ reason }) => reason === 'lease-gone'), { what: 'the loss' });
    leader = await oneLeader();
    expect(epochOf(leader)).toBeGreaterThan(epoch);
    epoch = epochOf(leader);
    const before = leader.changes.length;
    await etcd.api('lease/revoke', { ID: (await holderKey())?.lease });
    await until(() => leader.changes.length > before, { what: 'the second loss' });
    expect(epochOf(await oneLeader())).toBeGreaterThan(epoch);
    // Only the leader itself can tell that its key is gone: at its next renewal.
    overlaps = [];
  });

  it('gives way to a key that was written by hand, until that goes', async () => {
    await joinAll();
    const leader = await oneLeader();
    await putKey(etcd, `${prefix}holder`, 'maintenance');
    await until(() => leader.changes.at(-1)?.reason === 'lease-taken', { what: 'the loss' });
    expect(leader.changes.at(-1)?.detail).toContain('maintenance');
    await deleteKey(etcd, `${prefix}holder`);
    await oneLeader();
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { connect, type DiscoverOptions, type SetChange } from '../../../src/index.js';
import { writerOf } from '../../../src/formats/writers/registry.js';
import type { WriterName } from '../../../src/formats/writers/writer.js';
import { normalizeRegistration, type Registration } from '../../../src/model/registration.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { deleteKey, putKey } from '../../support/keys.js';
import { memoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import { endpoints, open, watchesOf, recordEvents } from './recorder.js';

const patience = { deadline: 20_000 };

describeWith('etcd', 'discovery', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  const watches = (count: number) =>
    until(async () => (await watchesOf(etcd)) === count, { ...patience, what: `${count} watches in etcd` });

  it('resolves with the registered instances, and follows them', async () => {
    await putKey(etcd, '/services/web/1', '192.0.2.1:80');
    await putKey(etcd, '/services/webs/1', '192.0.2.9:80');
    const set = await open(etcd).discover('web');
    expect(endpoints(set)).toEqual(['web 192.0.2.1:80']);
    const changes: SetChange[] = [];
    set.on('change', (change) => changes.push(change));
    await putKey(etcd, '/services/web/2', '192.0.2.2:80');
    await putKey(etcd, '/services/webs/2', '192.0.2.9:81');
    await until(() => changes.length === 1, patience);
    await deleteKey(etcd, '/services/web/1');
    await until(() => changes.length === 2, patience);
    expect(changes).toMatchObject([
      { added: [{ id: '2', address: '192.0.2.2' }], removed: [], updated: [] },
      { added: [], removed: [{ id: '1' }], updated: [] },
    ]);
    expect(endpoints(set)).toEqual(['web 192.0.2.2:80']);
    expect(set.revision).toBe(changes[1]?.revision);
    expect(set.stale).toBe(false);
  });

  it('compares instances, not bytes', async () => {
    await putKey(etcd, '/same/web/1', { address: '192.0.2.1', port: 80, tags: ['a', 'b'] });
    const set = await open(etcd).discover('web', { prefix: '/same/' });
    const { events, hasEndpoints } = recordEvents(set);
    const [before] = set.instances();
    await putKey(etcd, '/same/web/1', { tags: 'b,a', port: '80', addr: '192.0.2.1' });
    await putKey(etcd, '/same/web/2', { address: '192.0.2.2', port: 80 });
    await hasEndpoints('web 192.0.2.1:80', 'web 192.0.2.2:80');
    expect(events).toEqual(['+ 2']);
    expect(set.instances()[0]).toBe(before);
    expect(Object.isFrozen(set.instances())).toBe(true);
    expect(Object.isFrozen(before)).toBe(true);
  });

  it('has all services below a prefix when no service is named', async () => {
    for (const key of ['web/1', 'web/2', 'api/1'])
      await putKey(etcd, `/all/${key}`, `192.0.2.${key.length}:8${key.at(-1)}`);
    await putKey(etcd, '/all/bad/1', '0.0.0.0:80');
    const set = await open(etcd).discover({ prefix: '/all/', select: { services: ['*'] } });
    expect(endpoints(set)).toEqual(['api 192.0.2.5:81', 'web 192.0.2.5:81', 'web 192.0.2.5:82']);
    expect(set.instances('web')).toHaveLength(2);
    expect(set.instances('unknown')).toEqual([]);
    expect(set.pick('api')).toMatchObject({ service: 'api' });
    expect(set.pick('unknown')).toBeUndefined();
    expect(set.rejected()).toMatchObject([{ key: '/all/bad/1', code: 'wildcard-address' }]);
  });

  it('applies the filters', async () => {
    await putKey(etcd, '/some/web/1', { address: '192.0.2.1', port: 80, tags: ['public'] });
    await putKey(etcd, '/some/web/2', { address: '127.0.0.1', port: 80, tags: ['public'] });
    await putKey(etcd, '/some/web/3', { address: '192.0.2.3', port: 80 });
    const addresses = { deny: ['127.0.0.0/8'] };
    const set = await open(etcd).discover('web', { prefix: '/some/', select: { tags: ['public'] }, addresses });
    expect(endpoints(set)).toEqual(['web 192.0.2.1:80']);
    // The key lies below the service, but belongs to another service.
    await putKey(etcd, '/some/web/other/1', { address: '192.0.2.4', port: 80, tags: ['public'] });
    await putKey(etcd, '/some/web/4', { address: '192.0.2.5', port: 80, tags: ['public'] });
    await recordEvents(set).hasEndpoints('web 192.0.2.1:80', 'web 192.0.2.5:80');
  });

  it.each<[WriterName, Partial<Registration>]>([
    ['json', { weight: 7, tags: ['x'] }],
    ['plain', {}],
    ['grpc-endpoints', {}],
    ['kratos', { scheme: 'grpc' }],
    ['kitex', { weight: 7 }],
  ])('finds what %s writes, by the format’s own prefix', async (format, more) => {
    const registration = normalizeRegistration({ service: `of-${format}`, address: 'fd00::1', port: 80, ...more });
    const writer = writerOf(format);
    const written = writer.write(registration, {});
    if (!('key' in written)) throw new Error(written.reason);
    await putKey(etcd, written.key, written.value);
    const set = await open(etcd).discover(registration.service, { format });
    expect(set.instances()).toMatchObject([{ service: registration.service, host: '[fd00::1]', port: 80, ...more }]);
  });

  it('picks at random by weight, and never an instance without new traffic', async () => {
    const put = (id: string, more: object) =>
      putKey(etcd, `/pick/web/${id}`, { address: `192.0.2.${id}`, port: 80, ...more });
    await put('1', { weight: 1 });
    await put('2', { weight: 3 });
    await put('3', { weight: 0 });
    await put('4', { status: 'draining' });
    await put('5', { status: 'critical' });
    let random = 0;
    const registry = connect({ endpoints: [etcd.endpoint] }, { random: () => random });
    const set = await registry.discover('web', { prefix: '/pick/' });
    const at = (point: number) => {
      random = point;
      return set.pick()?.id;
    };
    expect([0, 0.24, 0.25, 0.99].map(at)).toEqual(['1', '1', '2', '2']);
    await put('2', { weight: 0 });
    await until(() => at(0.99) === '1', patience);
    await deleteKey(etcd, '/pick/web/1');
    await until(() => set.pick() === undefined, patience);
    expect(set.instances()).toHaveLength(4);
    await registry.close();
  });

  it('shares a watch among equal sets, and ends it with the last of them', async () => {
    const registry = open(etcd);
    // Wait until the watches of earlier tests are closed.
    await watches(0);
    const sets = await Promise.all([1, 2, 3].map(() => registry.discover('web', { prefix: '/shared/' })));
    const other = await registry.discover({ prefix: '/shared/' });
    await watches(2);
    const [first, ...rest] = sets;
    await first?.close();
    await putKey(etcd, '/shared/web/1', '192.0.2.1:80');
    for (const set of [...rest, other]) await recordEvents(set).hasEndpoints('web 192.0.2.1:80');
    expect(first?.instances()).toEqual([]);
    for (const set of rest) await set.close();
    await watches(1);
    await registry.close();
    await watches(0);
  });

  it('continues when a listener throws, and raises an uncaught exception', async () => {
    const set = await open(etcd).discover('web', { prefix: '/throws/' });
    const thrown: unknown[] = [];
    const take = (error: unknown): void => void thrown.push(error);
    // The handler of the test runner would end the run.
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', take);
    try {
      const heard: string[] = [];
      set.on('change', () => {
        throw new Error('a fault of the listener');
      });
      set.on('change', ({ added }) => heard.push(...added.map(({ id }) => id)));
      for (const id of ['1', '2']) {
        await putKey(etcd, `/throws/web/${id}`, `192.0.2.${id}:80`);
        await until(() => heard.includes(id), patience);
      }
      await until(() => thrown.length === 2, patience);
      expect(thrown).toMatchObject([{ message: 'a fault of the listener' }, { message: 'a fault of the listener' }]);
    } finally {
      process.off('uncaughtException', take);
      for (const listener of others) process.on('uncaughtException', listener);
    }
  });

  it('calls no removed listener, and none after it was closed', async () => {
    const registry = open(etcd);
    const set = await registry.discover('web', { prefix: '/closed/' });
    const watching = await registry.discover('web', { prefix: '/closed/' });
    const heard: string[] = [];
    const listener = (): void => void heard.push('left');
    set.on('change', listener).off('change', listener);
    set.on('change', () => heard.push('closed'));
    const iterated = (async () => {
      for await (const change of set) heard.push(String(change.added.length));
      return 'ended';
    })();
    await set.close();
    expect(await iterated).toBe('ended');
    set.on('change', () => heard.push('late'));
    await putKey(etcd, '/closed/web/1', '192.0.2.1:80');
    await recordEvents(watching).hasEndpoints('web 192.0.2.1:80');
    expect(heard).toEqual([]);
    expect(set.stale).toMatchObject({ error: { code: 'REGISTRY_CLOSED' } });
    await set.close();
  });

  it('supports any number of iterators, each from its own beginning', async () => {
    const set = await open(etcd).discover('web', { prefix: '/read/' });
    const early = set[Symbol.asyncIterator]();
    await putKey(etcd, '/read/web/1', '192.0.2.1:80');
    await until(() => set.instances().length === 1, patience);
    const late = set[Symbol.asyncIterator]();
    await putKey(etcd, '/read/web/2', '192.0.2.2:80');
    await until(() => set.instances().length === 2, patience);
    expect((await early.next()).value).toMatchObject({ added: [{ id: '1' }, { id: '2' }] });
    expect((await late.next()).value).toMatchObject({ added: [{ id: '2' }] });
    let rounds = 0;
    await deleteKey(etcd, '/read/web/1');
    for await (const { removed } of { [Symbol.asyncIterator]: () => early }) {
      rounds += 1;
      expect(removed).toMatchObject([{ id: '1' }]);
      break;
    }
    expect(rounds).toBe(1);
    await expect(early.next()).resolves.toMatchObject({ done: true });
  });

  it('is closed at the end of its `await using` block', async () => {
    // Wait until the watches of earlier tests are closed.
    await watches(0);
    {
      await using registry = connect({ endpoints: [etcd.endpoint] });
      await using set = await registry.discover('web', { prefix: '/block/' });
      await watches(1);
      expect(set.instances()).toEqual([]);
    }
    await watches(0);
  });

  it('logs to the given log', async () => {
    const log = memoryLog();
    await putKey(etcd, '/logged/web/1', '192.0.2.1:80');
    const registry = connect({ endpoints: [etcd.endpoint] }, { log });
    await registry.discover('web', { prefix: '/logged/' });
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        message: 'listed',
        fields: expect.objectContaining({ source: '/logged/web/' }) as object,
      }),
    );
    await registry.close();
  });
});

describe('wrong options', () => {
  const registry = connect();

  it.each<[object | string, RegExp]>([
    ['', /^discover: the service has no name/],
    ['a/b', /more segments than <service>\/<id>/],
    [{ service: 5 }, /service: expected text/],
    [{ format: 'jsn', prefix: '/a/' }, /format: expected one of .*; got "jsn" \(Did you mean `json`\?\)/],
    [{ format: { name: 'json', zeroWeigth: 2 } }, /format.zeroWeigth: unknown key \(Did you mean `zeroWeight`\?\)/],
    [{ format: { name: 'json', depth: 2 } }, /format.depth: is now `key` .* \(Write `key: <service...>\/<id>`/],
    [{ key: '/<service>' }, /key: begins or ends with a slash/],
    [{ key: '<id>' }, /key: names no service/],
    [{ prefx: '/a/' }, /prefx: unknown key/],
    [{ prefix: 5 }, /prefix: expected text/],
    [{ format: 'raw', prefix: '/config/' }, /raw keys are settings/],
    [{ format: 'rpcx' }, /rpcx has no default prefix/],
    [{ format: 'grpc-endpoints' }, /grpc-endpoints has no default prefix/],
    [{ addresses: { deny: ['10.0.0'] } }, /addresses.deny\[0\]: is no CIDR block/],
    [{ timeout: 0 }, /timeout: expected milliseconds/],
    [{ timeout: Number.NaN }, /timeout: expected milliseconds/],
    [{ signal: 'x' }, /signal: expected an AbortSignal/],
  ])('is refused before anything runs: %j', async (what, why) => {
    await expect(registry.discover(what as DiscoverOptions)).rejects.toMatchObject({
      code: 'DISCOVERY_INVALID',
      message: expect.stringMatching(why) as string,
    });
  });

  it.each<[object, RegExp]>([
    [{ endpoints: [] }, /no endpoints/],
    [{ endpoints: ['ftp://example.com'] }, /the scheme "ftp" is not known/],
    [{ endpoints: ['http://127.0.0.1:2379'], tls: {} }, /is not encrypted/],
    [{ tls: { cert: '/etc/cert.pem' } }, /set both `tls.cert` and `tls.key`/],
    [{ auth: { username: 'a' } }, /exactly one of `password` and `passwordFile`/],
  ])('is refused by connect: %j', (options, why) => {
    expect(() => connect(options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(why) as string }) as Error,
    );
  });
});

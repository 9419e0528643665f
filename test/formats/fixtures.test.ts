import { describe, expect, it, test } from 'vitest';
import { createFold } from '../../src/snapshot/fold.js';
import type { Instance } from '../../src/model/instance.js';
import type { FormatContext } from '../../src/formats/kind.js';
import { formats } from '../../src/formats/registry.js';
import { entry, makeFormat } from './entries.js';
import { contextOf, isRead, samples, several, shapeOf, specOf, wanted } from './samples.js';
import type { ExpectedInstance } from './samples.js';

/** Values of these frameworks do not give reachable endpoints: every format must ignore or reject them. */
const unread = ['moleculer', 'noise'];

const fold = (spec: { readonly name: string }, context: FormatContext, pairs: Iterable<readonly [string, string]>) =>
  createFold({ source: 's', prefix: context.base ?? '', format: makeFormat(spec, context) }).apply({
    kind: 'sync',
    revision: '1',
    clusterId: '1',
    entries: Array.from(pairs, ([key, value]) => entry(key, value)),
  });

const byAddress = (a: { address: string; port: number | null }, b: typeof a) =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : Number(a.port) - Number(b.port);

function compare(instances: readonly Instance[], expected: readonly ExpectedInstance[]) {
  const likes = expected.filter(({ port }) => port !== null).sort(byAddress);
  const sorted = [...instances].sort(byAddress);
  expect(sorted.map((it, index) => shapeOf(it, likes[index]))).toEqual(likes.map(wanted));
}

describe('a registration of every framework decodes as the readers of the framework decode it', () => {
  test.each(samples.filter(isRead))('$format: $note ($key)', (sample) => {
    const spec = specOf(sample.format);
    const { services, rejected, counts } = fold(spec, contextOf(sample), [[sample.key, sample.value]]);
    const all = [...services.values()].flatMap(({ instances }) => instances);
    if (sample.expect === null) {
      expect(all).toEqual([]);
      if (sample.note.startsWith('[marker]')) expect([counts.ignored, rejected]).toEqual([1, []]);
      else expect(rejected).toHaveLength(1);
      return;
    }
    const { service, instance, instances } = sample.expect;
    expect(all.map((it) => [it.service, it.id])).toEqual(
      instances.filter(({ port }) => port !== null).map(() => [service, instance]),
    );
    compare(all, instances);
    expect(rejected.map(({ code }) => code)).toEqual(
      instances.filter(({ port }) => port === null).map(() => 'no-port'),
    );
  });

  test.each(samples.filter((sample) => sample.expect?.instances.some(({ port }) => port === null)))(
    '$format: a default port makes it reachable ($key)',
    (sample) => {
      const { format, key, value, expect: expected } = sample;
      const spec = { ...specOf(format), defaultPort: 8080 } as { name: string };
      const { services } = fold(spec, contextOf(sample), [[key, value]]);
      const likes = expected?.instances.map((like) => ({ ...like, port: 8080 })) ?? [];
      compare(services.get(expected?.service ?? '')?.instances ?? [], likes);
    },
  );
});

describe('several keys of one framework', () => {
  test.each(several.filter(isRead))('$format: $note', (sample) => {
    const { format, pairs, expect: expected } = sample;
    const { services } = fold(specOf(format), contextOf(sample), pairs);
    const likes = Object.entries(expected).filter(([, list]) => list.some(({ port }) => port !== null));
    expect([...services.keys()]).toEqual(likes.map(([name]) => name).sort());
    for (const [name, list] of likes) compare(services.get(name)?.instances ?? [], list);
  });
});

it('every sample names a format, or a framework that no format may read', () => {
  const names = new Set(samples.map(({ format }) => format));
  expect([...names].filter((name) => !isRead({ format: name })).sort()).toEqual(unread);
});

test.each(Object.keys(formats).filter((name) => name !== 'raw'))(
  '%s makes no instance of a value that is not a registration',
  (name) => {
    const foreign = samples.filter(({ format }) => unread.includes(format));
    const { services } = fold(
      { name },
      { base: '' },
      foreign.map(({ key, value }) => [key, value] as const),
    );
    expect([...services.keys()]).toEqual([]);
  },
);

it('reads only the fields that it knows, and never a password', () => {
  const spec = { name: 'json', fields: { address: 'name', port: 'ports.http', service: 'service_name' } };
  const value = {
    name: 'host1.internal',
    service_name: 'api',
    ports: { http: '8080', https: '8443' },
    user: 'root',
    password: 'hunter2',
  };
  const { services } = fold(spec, { base: '/services/' }, [['/services/api/7-host1', JSON.stringify(value)]]);
  const instances = services.get('api')?.instances ?? [];
  expect(instances).toMatchObject([{ id: '7-host1', address: 'host1.internal', port: 8080, metadata: {} }]);
  expect(JSON.stringify(instances)).not.toContain('hunter2');
});

describe('a value that a writer rewrites without a change of the instance', () => {
  test.each([
    ['rpcx', '/Arith/tcp@10.0.0.71:8972', 'calls=0.03&weight=7', 'calls=9&connections=4&weight=7'],
    [
      'patroni',
      '/service/batman/members/pg1',
      '{"conn_url":"postgres://10.0.0.133:5432/p","state":"running","xlog_location":1}',
      '{"conn_url":"postgres://u:pw@10.0.0.133:5432/p","state":"running","xlog_location":2}',
    ],
    ['dubbo-interface', '/dubbo/a.B/providers/tri%3A%2F%2F10.0.0.1%3A80%2Fa.B', '1', '2'],
  ])('%s: it is the same instance', (name, key, before, after) => {
    const one = createFold({ source: 's', prefix: '/', format: makeFormat(name, { base: '/' }) });
    const sync = (value: string) =>
      one.apply({ kind: 'sync', revision: '1', clusterId: '1', entries: [entry(key, value)] }).services;
    const first = sync(before);
    expect(first.size).toBe(1);
    expect(sync(after)).toBe(first);
  });
});

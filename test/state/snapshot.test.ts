import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.js';
import type { Snapshot, SourceSnapshot } from '../../src/model/snapshot.js';
import { openStore, type Store } from '../../src/state/store.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';

const log = memoryLog();
let dir: string;
let store: Store;

beforeEach(async () => {
  dir = await memoryDir();
  store = await openStore(dir, { log });
});

afterEach(() => store.close());

function instance(id: string, metadata: [string, string][] = []): Instance {
  const bag = Object.create(null) as Record<string, string>;
  for (const [key, value] of metadata) Object.defineProperty(bag, key, { value, enumerable: true });
  return {
    id,
    service: 'web',
    source: 'services',
    key: `/services/web/${id}`,
    address: '10.0.0.1',
    family: 'ipv4',
    host: '10.0.0.1',
    port: 80,
    weight: 1,
    scheme: '',
    zone: '',
    version: '',
    tags: ['a'],
    metadata: bag,
    status: 'passing',
    held: false,
  };
}

function listedNothing(name: string): SourceSnapshot {
  return {
    source: name,
    prefix: '/services/',
    keys: '<service>/<id>',
    filters: '[null,null]',
    format: 'json',
    revision: '1',
    clusterId: '1',
    services: new Map(),
    pairs: [],
    rejected: [],
    counts: { keys: 0, ignored: 0, leaseless: 0, filtered: 0 },
  };
}

function snapshot(revision: string, instances: readonly Instance[] = []): Snapshot {
  return {
    sources: [
      {
        source: 'services',
        prefix: '/services/',
        keys: '<service>/<id>',
        filters: '[null,null]',
        format: 'json',
        revision,
        clusterId: '14841639068965178418',
        services: new Map([['web', { name: 'web', instances, expected: false }]]),
        pairs: [{ key: '/services/x', value: 'lone \udc80 byte' }],
        rejected: [
          { source: 'services', key: '/services/bad', code: 'no-port', reason: 'it names no port' },
          {
            ...{ source: 'services', key: '/services/other', code: 'not-recognised', reason: 'it is no JSON object' },
            readAs: { format: 'plain', service: 'web' },
          },
        ],
        counts: { keys: 3, ignored: 0, leaseless: 1, filtered: 0 },
      },
    ],
    stale: false,
  };
}

it('is nothing before the first save', () => {
  expect(store.snapshot.load()).toBeUndefined();
});

it('is loaded frozen, equal and stale', async () => {
  const saved = snapshot('9007199254740993', [
    instance('a', [
      ['zone', 'x'],
      ['__proto__', 'y'],
      ['2', 'z'],
      ['1', 'w'],
    ]),
  ]);
  await store.snapshot.save(saved);
  const loaded = store.snapshot.load();
  expect(loaded).toEqual({ ...saved, stale: true });
  const back = loaded?.sources[0]?.services.get('web')?.instances[0];
  expect(Object.isFrozen(back)).toBe(true);
  expect(Object.isFrozen(back?.tags)).toBe(true);
  expect(Object.getPrototypeOf(back?.metadata)).toBeNull();
  expect(Object.entries(back?.metadata ?? {})).toContainEqual(['__proto__', 'y']);
});

it('is loaded as it was saved, whatever its content and size', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 });
  const some = fc.record(
    {
      id: text,
      key: text,
      endpoint: fc.constantFrom(
        { address: '10.0.0.1', family: 'ipv4', host: '10.0.0.1' } as const,
        { address: 'fd00::1', family: 'ipv6', host: '[fd00::1]' } as const,
        { address: 'a.example.com', family: 'name', host: 'a.example.com' } as const,
      ),
      port: fc.nat(65_535),
      weight: fc.nat(2),
      scheme: text,
      zone: text,
      version: text,
      tags: fc.array(text, { maxLength: 2 }),
      labels: fc.array(fc.tuple(text, text), { maxLength: 2 }),
      status: fc.constantFrom('passing', 'draining', 'critical'),
    } as const,
    { noNullPrototype: true },
  );
  const services = fc.dictionary(
    text.filter((name) => name !== ''),
    fc.tuple(fc.constantFrom(1, 64, 65), fc.array(some, { minLength: 1, maxLength: 2 })),
    { maxKeys: 3 },
  );
  const pairs = fc.tuple(fc.constantFrom(0, 1, 129), fc.record({ key: text, value: text }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, services, pairs), { maxLength: 2 }), async (sources) => {
      const saved: Snapshot = {
        sources: sources.map(([name, byName, [times, pair]]) => ({
          ...listedNothing(name),
          pairs: Array.from({ length: times }, () => pair),
          services: new Map(
            Object.entries(byName).map(([service, [repeat, some]]) => [
              service,
              {
                name: service,
                instances: Array.from({ length: repeat }, () => some)
                  .flat()
                  .map(({ endpoint, labels, ...rest }) => {
                    const base = instance('', Object.entries(Object.fromEntries(labels)));
                    return { ...base, ...rest, ...endpoint, service, source: name };
                  }),
                expected: false,
              },
            ]),
          ),
        })),
        stale: false,
      };
      await store.snapshot.save(saved);
      expect(store.snapshot.load()).toEqual({ ...saved, stale: true });
    }),
    { numRuns: 15 },
  );
});

it('is readable only for its owner', async () => {
  await store.snapshot.save(snapshot('1'));
  expect((await stat(join(dir, 'snapshot'))).mode & 0o777).toBe(0o600);
});

it('keeps the newest of concurrent saves, and every save waits until it is durable', async () => {
  const seen: string[] = [];
  await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      await store.snapshot.save(snapshot(String(i)));
      const { revision } = store.snapshot.load()?.sources[0] ?? { revision: '-1' };
      if (Number(revision) < i) seen.push(`save ${i} resolved while ${revision} was on disk`);
    }),
  );
  expect(seen).toEqual([]);
  expect(store.snapshot.load()?.sources[0]?.revision).toBe('29');
});

it('is set aside, kept and not used when it is damaged', async () => {
  await store.snapshot.save(snapshot('7', [instance('a')]));
  const path = join(dir, 'snapshot');
  const damaged = (await readFile(path, 'utf8')).replace('10.0.0.1', '10.0.0.2');
  await writeFile(path, damaged);
  expect(store.snapshot.load()).toBeUndefined();
  expect(await readFile(`${path}.set-aside-1`, 'utf8')).toBe(damaged);
});

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Batch, Entry, EntryEvent } from '../../src/model/entry.js';
import { createFold } from '../../src/snapshot/fold.js';
import type { FoldOptions } from '../../src/snapshot/fold.js';
import type { Format } from '../../src/model/format.js';
import type { SourceSnapshot } from '../../src/model/snapshot.js';
import { createFormat } from '../../src/formats/registry.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';
import { faultsOf } from '../model/instances.js';

const format = (spec: Parameters<typeof formatSchema.parse>[0]) =>
  createFormat(resolveSpec(formatSchema.parse(spec), 'json'), { base: '/services/' });

function fold(over: Partial<FoldOptions> = {}) {
  return createFold({ source: 'services', prefix: '/services/', format: format('plain'), ...over });
}

function entry(key: string, value: string, createRevision = 1): Entry {
  return { key, value, lease: '0', createRevision: String(createRevision), modRevision: String(createRevision) };
}

const put = (key: string, value: string, createRevision = 1): EntryEvent => ({
  type: 'put',
  entry: entry(key, value, createRevision),
});
const gone = (key: string): EntryEvent => ({ type: 'delete', key });
const sync = (entries: Entry[], revision = '1'): Batch => ({ kind: 'sync', revision, clusterId: '77', entries });
const change = (events: EntryEvent[], revision = '2'): Batch => ({ kind: 'change', revision, events });

/** Only names and addresses. */
function instances({ services }: SourceSnapshot) {
  return Object.fromEntries(
    [...services].map(([name, { instances }]) => [
      name,
      instances.map(({ host, port, id }) => `${host}:${port} ${id}`),
    ]),
  );
}

const codes = ({ rejected }: SourceSnapshot) => rejected.map(({ key, code }) => `${key} ${code}`);

describe('folding batches', () => {
  it('reads the whole prefix, sorted, with rejections beside good instances', () => {
    const snapshot = fold().apply(
      sync([
        entry('/services/web/b', '10.0.0.10:80'),
        entry('/services/web/a', '10.0.0.9:80'),
        entry('/services/api/1', '[::]:80'),
        entry('/services/api/0', 'no port'),
        entry('/services/', ''),
        entry('/services/db/\udcff', '10.0.0.1:1'),
        entry('/services/db/1', '10.0.0.1:1\udc80'),
      ]),
    );
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.9:80 a', '10.0.0.10:80 b'] });
    expect(codes(snapshot)).toEqual([
      '/services/api/0 not-recognised',
      '/services/api/1 wildcard-address',
      '/services/db/1 not-text',
      '/services/db/\udcff not-text',
    ]);
    expect(snapshot).toMatchObject({ format: 'plain', revision: '1', clusterId: '77', pairs: [] });
    expect(snapshot.counts).toEqual({ keys: 7, ignored: 1, leaseless: 2, filtered: 0 });
    expect(Object.isFrozen(snapshot)).toBe(true);
  });

  it('keeps services in code-unit order of their names when one is added', () => {
    const it = fold();
    it.apply(sync([entry('/services/b/1', '10.0.0.1:1'), entry('/services/Z/1', '10.0.0.2:1')]));
    const after = it.apply(change([put('/services/a/1', '10.0.0.3:1')]));
    expect([...after.services.keys()]).toEqual(['Z', 'a', 'b']);
  });

  it('drops keys that a later list lacks', () => {
    const it = fold();
    it.apply(sync([entry('/services/web/a', '10.0.0.1:80'), entry('/services/api/a', '10.0.0.2:80')]));
    const after = it.apply(sync([entry('/services/web/a', '10.0.0.1:80')], '9'));
    expect(instances(after)).toEqual({ web: ['10.0.0.1:80 a'] });
    expect(after.revision).toBe('9');
  });

  it('takes the last of several events of one key', () => {
    const it = fold();
    it.apply(sync([entry('/services/web/a', '10.0.0.1:80')]));
    const events = [
      put('/services/web/a', '10.0.0.2:80'),
      gone('/services/web/a'),
      put('/services/web/a', '10.0.0.3:80', 5),
    ];
    expect(instances(it.apply(change(events)))).toEqual({ web: ['10.0.0.3:80 a'] });
    expect(instances(it.apply(change([put('/services/web/b', '10.0.0.4:80'), gone('/services/web/b')])))).toEqual({
      web: ['10.0.0.3:80 a'],
    });
  });

  it('moves a key to the service that its value now names', () => {
    const it = fold({
      format: createFormat({ name: 'json', fields: {}, zeroWeight: 'drain' }, { trustValue: true, base: '/services/' }),
    });
    it.apply(sync([entry('/services/web/a', '{"name":"web","addr":"10.0.0.1:80"}')]));
    expect(instances(it.apply(change([put('/services/web/a', '{"name":"api","addr":"10.0.0.1:80"}')])))).toEqual({
      api: ['10.0.0.1:80 a'],
    });
  });

  it('keeps the good endpoints of a registration that has a bad one', () => {
    const snapshot = fold().apply(sync([entry('/services/web/a', '10.0.0.1:80,0.0.0.0:80,10.0.0.2:0')]));
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 a'] });
    expect(codes(snapshot)).toEqual(['/services/web/a bad-port', '/services/web/a wildcard-address']);
  });

  it('refuses addresses by rule, and counts what `select` leaves out', () => {
    const options = {
      format: format('json'),
      addresses: { deny: ['127.0.0.0/8'] },
      select: { status: ['passing' as const] },
    };
    const snapshot = fold(options).apply(
      sync([
        entry('/services/web/a', '{"ip":"127.0.0.1","port":80}'),
        entry('/services/web/b', '{"ip":"10.0.0.1","port":80,"status":"down"}'),
        entry('/services/web/c', '{"ip":"10.0.0.2","port":80}'),
        entry('/services/api/a', '{"ip":"10.0.0.3","port":80,"status":"draining"}'),
      ]),
    );
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.2:80 c'] });
    expect(codes(snapshot)).toEqual(['/services/web/a address-denied']);
    expect(snapshot.counts).toEqual({ keys: 4, ignored: 0, leaseless: 3, filtered: 2 });
  });

  it('throws for a rule that is no CIDR block', () => {
    expect(() => fold({ addresses: { allow: ['10.0.0.0/99'] } })).toThrow(RangeError);
  });

  it('gives `assemble` of the format the fragments of a service, ordered by key', () => {
    const seen: string[][] = [];
    const merging: Format = {
      name: 'merging',
      keys: '<service>/<id>',
      decode: ({ key, value }) => ({
        fragments: [
          { service: 'web', id: 'one', ...(key.endsWith('url') ? { address: value } : { port: Number(value) }) },
        ],
      }),
      assemble: (fragments) => {
        seen.push(fragments.map(({ key }) => key));
        const [first] = fragments;
        return first === undefined
          ? []
          : [fragments.reduce((whole, part) => ({ ...part, ...dropEmpty(whole) }), first)];
      },
    };
    const dropEmpty = (record: object) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
    const it = fold({ format: merging });
    const first = it.apply(sync([entry('/s/url', '10.0.0.1'), entry('/s/port', '80')]));
    expect(instances(first)).toEqual({ web: ['10.0.0.1:80 one'] });
    expect(seen.at(-1)).toEqual(['/s/port', '/s/url']);
    expect(it.apply(change([put('/s/z', '99')])).services).toBe(first.services);
    expect(instances(it.apply(change([gone('/s/url')])))).toEqual({});
  });
});

describe('two registrations of one address and port', () => {
  const stale = entry('/services/web/new-looking-key', '10.0.0.1:80', 5);
  const fresh = entry('/services/web/z', '10.0.0.1:80', 10);

  it('keeps the newer one, whatever the order, and names it in the rejection of the other', () => {
    for (const entries of [
      [stale, fresh],
      [fresh, stale],
    ]) {
      const snapshot = fold().apply(sync(entries));
      expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 z'] });
      expect(snapshot.rejected).toMatchObject([
        { key: stale.key, code: 'duplicate', reason: expect.stringContaining('"/services/web/z"') as string },
      ]);
    }
  });

  it('does not flip when the stale one is written again', () => {
    const it = fold();
    const before = it.apply(sync([stale, fresh]));
    const after = it.apply(change([{ type: 'put', entry: { ...stale, modRevision: '99' } }]));
    expect(after.services).toBe(before.services);
  });

  it('uses the other one when the newer one is removed', () => {
    const it = fold();
    it.apply(sync([stale, fresh]));
    const after = it.apply(change([gone(fresh.key)]));
    expect(instances(after)).toEqual({ web: ['10.0.0.1:80 new-looking-key'] });
    expect(after.rejected).toEqual([]);
  });

  it('decides by the key when both are equally old', () => {
    const snapshot = fold().apply(
      sync([entry('/services/web/b', '10.0.0.1:80'), entry('/services/web/a', '10.0.0.1:80')]),
    );
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 a'] });
    expect(codes(snapshot)).toEqual(['/services/web/b duplicate']);
  });

  it('compares revisions as numbers', () => {
    const snapshot = fold().apply(
      sync([entry('/services/web/a', '10.0.0.1:80', 9), entry('/services/web/b', '10.0.0.1:80', 10)]),
    );
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 b'] });
  });

  it('drops duplicates before `select`, so that a stale passing registration does not outlive a newer critical one', () => {
    const it = fold({ format: format('json'), select: { status: ['passing'] } });
    const snapshot = it.apply(
      sync([
        entry('/services/web/a', '{"ip":"10.0.0.1","port":80}', 1),
        entry('/services/web/b', '{"ip":"10.0.0.1","port":80,"status":"critical"}', 2),
      ]),
    );
    expect(instances(snapshot)).toEqual({});
  });

  it('recognizes the same address in another spelling', () => {
    const snapshot = fold().apply(
      sync([entry('/services/web/a', '[::ffff:10.0.0.1]:80', 1), entry('/services/web/b', '10.0.0.1:80', 2)]),
    );
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 b'] });
  });

  it('counts an address once that one registration repeats', () => {
    const snapshot = fold().apply(sync([entry('/services/web/a', '10.0.0.1:80,10.0.0.1:80')]));
    expect(instances(snapshot)).toEqual({ web: ['10.0.0.1:80 a'] });
    expect(codes(snapshot)).toEqual(['/services/web/a duplicate']);
  });

  it('allows the same address in another service', () => {
    const snapshot = fold().apply(
      sync([entry('/services/web/a', '10.0.0.1:80'), entry('/services/api/a', '10.0.0.1:80')]),
    );
    expect(instances(snapshot)).toEqual({ api: ['10.0.0.1:80 a'], web: ['10.0.0.1:80 a'] });
  });
});

describe('identity', () => {
  const value = (weight: number, noise = 0) =>
    JSON.stringify({ ip: '10.0.0.1', port: 80, weight, calls: noise, tags: ['a'], meta: { k: 'v' } });
  const entries = [
    entry('/services/web/a', value(1)),
    entry('/services/api/a', value(1)),
    entry('/services/bad/a', '{'),
  ];

  it('shares the services that a batch did not touch', () => {
    const it = fold({ format: format('json') });
    const before = it.apply(sync(entries));
    const after = it.apply(change([put('/services/web/a', value(2))]));
    expect(after.services.get('api')).toBe(before.services.get('api'));
    expect(after.services.get('web')).not.toBe(before.services.get('web'));
    expect(after.rejected).toBe(before.rejected);
    expect(after.pairs).toBe(before.pairs);
  });

  it('shares the instances that did not change within a service that did', () => {
    const it = fold();
    const before = it.apply(sync([entry('/services/web/a', '10.0.0.1:80')]));
    const after = it.apply(change([put('/services/web/b', '10.0.0.2:80')]));
    expect(after.services.get('web')?.instances[0]).toBe(before.services.get('web')?.instances[0]);
  });

  test.each<[string, Batch]>([
    ['a value rewritten with other bytes', change([put('/services/web/a', value(1, 42))])],
    ['a bad value that is bad in the same way', change([put('/services/bad/a', '{"')])],
    ['a key deleted and put again', change([gone('/services/web/a'), put('/services/web/a', value(1), 7)])],
    [
      'an equal list',
      sync(
        entries.map((it) => ({ ...it })),
        '2',
      ),
    ],
    [
      'an equal list from a restored store',
      sync(
        entries.map((it) => ({ ...it, createRevision: '900' })),
        '2',
      ),
    ],
    ['a marker', change([put('/services/web/', '')])],
    ['nothing at all', change([])],
  ])('shares everything after %s', (_, batch) => {
    const it = fold({ format: format('json') });
    const before = it.apply(sync(entries));
    const after = it.apply(batch);
    expect(after.services).toBe(before.services);
    expect(after.rejected).toBe(before.rejected);
    expect(after.revision).toBe('2');
  });

  it('shares everything when a restored store delivers a large service again', () => {
    const many = Array.from({ length: 40 }, (_, index) => entry(`/services/web/${index}`, `10.0.0.${index}:80`));
    const it = fold();
    const before = it.apply(sync(many));
    const after = it.apply(
      sync(
        many.map((one) => ({ ...one, createRevision: '900' })),
        '2',
      ),
    );
    expect(after.services).toBe(before.services);
    const [, first] =
      it
        .apply(change(many.map(({ key, value }) => put(key, `${value}80`, 901))))
        .services.values()
        .next().value?.instances ?? [];
    expect(first).toMatchObject({ address: '10.0.0.1', port: 8080 });
  });

  it('copies raw pairs only when one changes, and keeps them sorted', () => {
    const it = fold({ format: format('raw') });
    const before = it.apply(sync([entry('/c/b', '1'), entry('/c/a', '2')]));
    expect(before.pairs).toEqual([
      { key: '/c/a', value: '2' },
      { key: '/c/b', value: '1' },
    ]);
    expect(it.apply(change([put('/c/a', '2', 9)])).pairs).toBe(before.pairs);
    const after = it.apply(change([put('/c/aa', '3'), gone('/c/b')]));
    expect(after.pairs.map(({ key }) => key)).toEqual(['/c/a', '/c/aa']);
    expect(after.pairs[0]).toBe(before.pairs[0]);
    expect(before.pairs).toHaveLength(2);
  });
});

describe('histories', () => {
  const keys = fc.constantFrom(
    '/services/web/a',
    '/services/web/b',
    '/services/web/c',
    '/services/api/a',
    '/services/api/',
    '/x',
  );
  const values = fc.constantFrom(
    '{"ip":"10.0.0.1","port":80}',
    '{"ip":"10.0.0.1","port":80,"noise":1}',
    '{"ip":"10.0.0.2","port":80,"weight":5,"tags":["a"]}',
    '{"ip":"fd00::1","port":80,"status":"critical"}',
    '{"ip":"0.0.0.0","port":80}',
    '{"ip":"10.0.0.1","port":80,"name":"api"}',
    '{',
    '',
    '\udcff',
  );
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ key: keys, value: values }) },
      { weight: 1, arbitrary: fc.record({ key: keys }) },
    ),
    { maxLength: 25 },
  );
  const options = {
    format: format('json'),
    select: { status: ['passing' as const] },
    addresses: { deny: ['10.0.0.2'] },
  };

  /** Runs the steps like a store: returns the events and the final entries, in byte order as in a list of etcd. */
  function play(script: readonly { key: string; value?: string }[]) {
    const store = new Map<string, Entry>();
    const events = script.map(({ key, value }, index): EntryEvent => {
      if (value === undefined) {
        store.delete(key);
        return gone(key);
      }
      const now = entry(key, value, Number(store.get(key)?.createRevision ?? index + 1));
      store.set(key, now);
      return { type: 'put', entry: now };
    });
    return { events, left: [...store.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  const substance = ({ services, rejected, pairs, counts }: SourceSnapshot) => ({
    services: [...services],
    rejected,
    pairs,
    counts,
  });

  it('ends in the same state, change by change, in batches, or as one list', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (script, size) => {
        const { events, left } = play(script);
        const listed = substance(fold(options).apply(sync(left)));
        const [single, batched] = [fold(options), fold(options)];
        let [one, many] = [single.apply(sync([])), batched.apply(sync([]))];
        for (const event of events) one = single.apply(change([event]));
        for (let at = 0; at < events.length; at += size) many = batched.apply(change(events.slice(at, at + size)));
        expect(substance(one)).toEqual(listed);
        expect(substance(many)).toEqual(listed);
      }),
      { numRuns: 300 },
    );
  });

  it('ends in the same state for services of many instances, whatever the size of the changes', () => {
    const endpoint = fc
      .tuple(fc.nat(12), fc.nat(2))
      .map(([octet, port]) =>
        octet > 10
          ? `host-${octet}.example.com:${port + 80}`
          : octet > 8
            ? `[fd00::${octet}]:80`
            : `10.0.0.${octet}:${port + 80}`,
      );
    const big = fc.array(
      fc.record(
        {
          key: fc.tuple(fc.constantFrom('web', 'api'), fc.nat(60)).map(([name, id]) => `/services/${name}/${id}`),
          value: fc.array(endpoint, { minLength: 1, maxLength: 3 }).map((parts) => parts.join()),
        },
        { requiredKeys: ['key'] },
      ),
      { minLength: 50, maxLength: 400 },
    );
    const sizes = fc.array(fc.constantFrom(1, 2, 7, 17, 40), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(big, sizes, (script, steps) => {
        const { events, left } = play(script);
        const it = fold();
        let last = it.apply(sync([]));
        for (let at = 0, turn = 0; at < events.length; turn++) {
          const size = steps[turn % steps.length] ?? 1;
          last = it.apply(change(events.slice(at, at + size)));
          at += size;
        }
        expect(substance(last)).toEqual(substance(fold().apply(sync(left))));
        expect(it.apply(sync(left)).services).toBe(last.services);
      }),
    );
  });

  it('shares a service exactly when it is equal to the one before', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const it = fold(options);
        let before = it.apply(sync([]));
        for (const event of play(script).events) {
          const after = it.apply(change([event]));
          for (const [name, service] of after.services) {
            const old = before.services.get(name);
            expect(service === old).toBe(JSON.stringify(service) === JSON.stringify(old));
          }
          const equal = JSON.stringify([...after.services]) === JSON.stringify([...before.services]);
          expect(after.services === before.services).toBe(equal);
          expect(after.rejected === before.rejected).toBe(
            JSON.stringify(after.rejected) === JSON.stringify(before.rejected),
          );
          before = after;
        }
      }),
    );
  });

  it('changes nothing when a list repeats what is known', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { events, left } = play(script);
        const it = fold(options);
        it.apply(sync([]));
        const before = it.apply(change(events));
        const after = it.apply(sync(left));
        expect(after.services).toBe(before.services);
        expect(after.rejected).toBe(before.rejected);
      }),
    );
  });

  it('has only instances that fulfil the contract of the view, unique by address and port', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { services } = fold(options).apply(sync(play(script).left));
        for (const { instances } of services.values()) {
          expect(instances.flatMap(faultsOf)).toEqual([]);
          expect(new Set(instances.map(({ host, port }) => `${host}:${port}`)).size).toBe(instances.length);
          expect(instances.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

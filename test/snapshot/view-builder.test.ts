import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance, Service } from '../../src/model/instance.js';
import type { Pair } from '../../src/model/pair.js';
import { withoutQuarantined } from '../../src/model/quarantine.js';
import type { Snapshot, SourceSnapshot } from '../../src/model/snapshot.js';
import { createViewBuilder } from '../../src/snapshot/view-builder.js';
import type { ViewSelection } from '../../src/snapshot/view-builder.js';
import { instance } from '../model/instances.js';

function viewer(over: Partial<ViewSelection> = {}) {
  return createViewBuilder({ target: 'nginx', sources: undefined, expect: [], vars: {}, env: {}, ...over });
}

function at(octet: number, over: Partial<Instance> = {}): Instance {
  const address = `10.0.0.${octet}`;
  return instance({ address, host: address, id: `i-${octet}`, ...over });
}

const service = (name: string, ...instances: Instance[]): Service =>
  Object.freeze({ name, instances, expected: false });

function source(name: string, services: Service[], over: Partial<SourceSnapshot> = {}): SourceSnapshot {
  return {
    source: name,
    prefix: `/${name}/`,
    keys: '<service>/<id>',
    filters: '[null,null]',
    format: 'json',
    revision: '1',
    clusterId: '1',
    services: new Map(services.map((one) => [one.name, one])),
    pairs: [],
    rejected: [],
    counts: { keys: 0, ignored: 0, leaseless: 0, filtered: 0 },
    ...over,
  };
}

const raw = (name: string, pairs: Pair[], prefix = `/${name}/`) => source(name, [], { format: 'raw', pairs, prefix });
const snapshot = (...sources: SourceSnapshot[]): Snapshot => ({ sources, stale: false });

describe('the view of a target', () => {
  const web = service('web', at(1), at(2));
  const api = service('api', at(3, { service: 'api' }));

  it('has the services of all its sources, sorted, and no others', () => {
    const all = snapshot(source('a', [web]), source('b', [api]));
    expect(viewer()(all).services).toEqual([api, web]);
    expect(viewer({ sources: ['b'] })(all).services).toEqual([api]);
    expect(viewer({ target: 'x' })(all).target).toEqual({ name: 'x' });
  });

  it('selects instances, and drops a service without selected instances', () => {
    const tagged = service('web', at(1, { tags: ['public'] }), at(2));
    const view = viewer({ select: { tags: ['public'] } })(snapshot(source('a', [tagged, api])));
    expect(view.services).toEqual([{ name: 'web', instances: [tagged.instances[0]], expected: false }]);
  });

  it('has expected services even when they are empty or unknown', () => {
    const view = viewer({ expect: ['web', 'api', 'b'], select: { services: ['web'] } })(
      snapshot(source('a', [web, api])),
    );
    expect(view.services).toEqual([
      { name: 'api', instances: [], expected: true },
      { name: 'b', instances: [], expected: true },
      { name: 'web', instances: web.instances, expected: true },
    ]);
  });

  it('merges a service of several sources; the source listed first keeps an address and port', () => {
    const [first, second] = [at(2, { weight: 7, source: 'a' }), at(2, { weight: 9, source: 'b' })];
    const all = snapshot(source('a', [service('web', first)]), source('b', [service('web', at(1), second, at(3))]));
    const view = viewer({ sources: ['b', 'a'] })(all);
    expect(view.services[0]?.instances).toEqual([at(1), first, at(3)]);
  });

  it('merges before it selects: the second source cannot bring back an instance that drains in the first', () => {
    const all = snapshot(
      source('a', [service('web', at(1, { status: 'draining' }))]),
      source('b', [service('web', at(1))]),
    );
    expect(viewer({ select: { status: ['passing'] } })(all).services).toEqual([]);
  });

  it('has vars and env as frozen copies without prototypes', () => {
    const vars = { list: [{ a: 1 }], __proto__: null, constructor: 'x' } as unknown as Record<string, unknown>;
    const view = viewer({ vars, env: { REGION: 'eu' } })(snapshot());
    (vars.list as unknown[]).push('later');
    expect(view.vars).toEqual({ list: [{ a: 1 }], constructor: 'x' });
    expect(Object.getPrototypeOf(view.vars)).toBeNull();
    expect(Object.getPrototypeOf(view.env)).toBeNull();
    expect(
      [view, view.vars, view.vars.list, view.env, view.kv, view.kv.tree, view.services].every(Object.isFrozen),
    ).toBe(true);
  });

  it('copies vars that contain themselves', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const { vars } = viewer({ vars: circle })(snapshot());
    expect(vars.self).toBe(vars);
  });
});

describe('identity of views', () => {
  const [web, api] = [service('web', at(1), at(2)), service('api', at(3))];

  it('is the same view when nothing in it changed', () => {
    const view = viewer({ sources: ['a'], select: { zones: [''] }, expect: ['web'] });
    const before = view(snapshot(source('a', [web, api]), source('b', [])));
    expect(view(snapshot(source('a', [web, api], { revision: '2' }), source('b', [service('x', at(9))])))).toBe(before);
  });

  it('is the same view when only an instance changed that is not selected', () => {
    const view = viewer({ select: { zones: ['z'] } });
    const [kept, other] = [at(1, { zone: 'z' }), at(2)];
    const before = view(snapshot(source('a', [service('web', kept, other)])));
    expect(before.services[0]?.instances).toEqual([kept]);
    expect(view(snapshot(source('a', [service('web', kept, at(2, { weight: 9 }))])))).toBe(before);
  });

  it('shares the services that did not change', () => {
    const view = viewer({ expect: ['web', 'none'], select: { zones: [''] } });
    const before = view(snapshot(source('a', [web, api])));
    const after = view(snapshot(source('a', [web, service('api', at(4))])));
    expect(after).not.toBe(before);
    expect(after.services.map((one) => before.services.includes(one))).toEqual([false, true, true]);
    expect(after.kv).toBe(before.kv);
    expect(after.vars).toBe(before.vars);
  });

  it('notices that a source appeared and disappeared', () => {
    const view = viewer();
    view(snapshot(source('a', [web])));
    expect(view(snapshot(source('a', [web]), source('b', [api]))).services).toEqual([api, web]);
    expect(view(snapshot(source('b', [api]))).services).toEqual([api]);
  });
});

it('equals the view of a fresh builder after any history', () => {
  const some = fc.dictionary(fc.constantFrom('web', 'api', 'db'), fc.uniqueArray(fc.nat(3), { minLength: 1 }));
  const steps = fc.array(fc.record({ a: some, b: some, zone: fc.constantFrom('', 'z') }), {
    minLength: 1,
    maxLength: 8,
  });
  const selection = { select: { zones: [''] }, expect: ['db'] };
  fc.assert(
    fc.property(steps, (script) => {
      const view = viewer(selection);
      const pool = new Map<string, Service>();
      const services = (choice: Record<string, number[]>, from: string, zone: string) =>
        Object.entries(choice).map(([name, octets]) => {
          const id = JSON.stringify([name, octets, from, zone]);
          const made =
            pool.get(id) ??
            service(name, ...octets.map((octet) => at(octet, { source: from, zone: octet > 1 ? zone : '' })));
          pool.set(id, made);
          return made;
        });
      for (const { a, b, zone } of script) {
        const all = snapshot(source('a', services(a, 'a', zone)), source('b', services(b, 'b', zone)));
        expect(view(all)).toEqual(viewer(selection)(all));
      }
    }),
  );
});

describe('keys and values of raw sources', () => {
  const pair = (key: string, value: string): Pair => ({ key, value });
  const tree = (pairs: Pair[], prefix = '/c/') => viewer()(snapshot(raw('c', pairs, prefix))).kv.tree.c;

  it('are a sorted list and a tree by source', () => {
    const { kv } = viewer()(
      snapshot(raw('c', [pair('/c/db/host', 'h'), pair('/c/x', '1')]), raw('b', [pair('/b/y', '2')])),
    );
    expect(kv.pairs.map(({ key }) => key)).toEqual(['/b/y', '/c/db/host', '/c/x']);
    expect(kv.tree).toEqual({ c: { db: { host: 'h' }, x: '1' }, b: { y: '2' } });
  });

  it('keep the value of a key that is also a directory under the empty segment', () => {
    expect(tree([pair('/c/a', '1'), pair('/c/a/b', '2')])).toEqual({ a: { '': '1', b: '2' } });
    expect(tree([pair('/c/a', '1'), pair('/c/a/', '2')])).toEqual({ a: { '': '1' } });
    expect(tree([pair('/c/', '0'), pair('/c/a', '1')])).toEqual({ '': '0', a: '1' });
    expect(tree([pair('/c/a', '1'), pair('/c/a//b', '2')])).toEqual({ a: { '': { '': '1', b: '2' } } });
  });

  it('begin after the last slash of a prefix that ends within a segment, or is one key', () => {
    expect(tree([pair('/c', '0'), pair('/c/a', '1'), pair('/cd/e', '2')], '/c*')).toEqual({
      c: { '': '0', a: '1' },
      cd: { e: '2' },
    });
    expect(tree([pair('/config/app', '0')], '/config/app')).toEqual({ app: '0' });
  });

  it('may be named like properties of every object', () => {
    const grown = tree([pair('/c/__proto__/polluted', 'x'), pair('/c/constructor', 'y')]);
    expect(Object.entries(grown ?? {})).toEqual([
      ['__proto__', { polluted: 'x' }],
      ['constructor', 'y'],
    ]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('may have very many segments; the last ones become one segment', () => {
    const key = '/c' + '/s'.repeat(100_000);
    let [branch, depth] = [tree([pair(key, 'deep')]), 0];
    while (typeof branch === 'object') {
      expect(Object.isFrozen(branch)).toBe(true);
      const [[name, next] = ['', undefined]] = Object.entries(branch);
      depth += name.split('/').length;
      branch = next as typeof branch;
    }
    expect(branch).toBe('deep');
    expect(depth).toBe(100_000);
  });

  it('appear once for overlapping prefixes, with the value of the first source', () => {
    const { kv } = viewer()(
      snapshot(raw('a', [pair('/c/x', '1')], '/c/'), raw('b', [pair('/c/x', '2'), pair('/d', '3')], '/')),
    );
    expect(kv.pairs).toEqual([pair('/c/x', '1'), pair('/d', '3')]);
  });

  it('have an empty tree while a raw source has no keys', () => {
    expect(viewer()(snapshot(raw('c', []))).kv.tree).toEqual({ c: {} });
  });
});

describe('removing quarantined instances from a view', () => {
  const view = viewer({ expect: ['web'] })(
    snapshot(source('a', [service('api', at(3)), service('db', at(5), at(6)), service('web', at(1), at(2))])),
  );
  const one = (name: string, octet: number) => {
    const { id, key, address, port } = at(octet);
    return { service: name, instance: { id, key, address, port }, reason: 'broken' };
  };
  const names = (left: typeof view) =>
    left.services.map(({ name, instances }) => `${name} ${instances.map(({ id }) => id).join()}`);

  it('removes single instances', () => {
    const left = withoutQuarantined(view, [one('db', 5)]);
    expect(names(left)).toEqual(['api i-3', 'db i-6', 'web i-1,i-2']);
    expect(left.services[0]).toBe(view.services[0]);
    expect(left.kv).toBe(view.kv);
    expect(Object.isFrozen(left)).toBe(true);
  });

  it('removes whole services, but leaves an expected one empty', () => {
    expect(
      names(
        withoutQuarantined(view, [
          { service: 'web', reason: 'x' },
          { service: 'api', reason: 'x' },
        ]),
      ),
    ).toEqual(['db i-5,i-6', 'web ']);
  });

  it('removes a service that lost its last instance', () => {
    expect(names(withoutQuarantined(view, [one('db', 5), one('db', 6)]))).toEqual(['api i-3', 'web i-1,i-2']);
  });

  it('is the same view when nothing matches', () => {
    expect(withoutQuarantined(view, [])).toBe(view);
    expect(withoutQuarantined(view, [one('api', 9), one('gone', 1), { service: 'gone', reason: 'x' }])).toBe(view);
  });
});

describe('what a target leaves out', () => {
  const rules = [
    { reason: 'critical', has: ({ status }: Instance) => status === 'critical' },
    { reason: 'weight 0', has: ({ weight }: Instance) => weight === 0 },
  ];
  const names = (builder: ReturnType<typeof viewer>) =>
    builder.leftOut.list().map(({ instance: { service: of, id }, reason }) => `${of}/${id} ${reason}`);

  it('is counted by reason, and each instance has one', () => {
    const view = viewer({ select: { tags: ['public'] }, rules });
    const tags = ['public'];
    const ill = at(3, { tags, status: 'critical', weight: 0 });
    const web = service('web', at(1), at(2, { tags }), ill, at(4, { tags, weight: 0 }));
    view(snapshot(source('a', [web]), source('b', [service('web', at(2, { tags, source: 'b' }))])));
    expect(view.leftOut.counts).toEqual({
      'outside select': 1,
      'same address and port in an earlier source': 1,
      critical: 1,
      'weight 0': 1,
    });
    expect(names(view)).toEqual([
      'web/i-1 outside select',
      'web/i-2 same address and port in an earlier source',
      'web/i-3 critical',
      'web/i-4 weight 0',
    ]);
  });

  it('is nothing when every instance is in the view, and when its service is gone', () => {
    const view = viewer({ rules });
    view(snapshot(source('a', [service('web', at(1, { status: 'critical' }))])));
    const { counts } = view.leftOut;
    expect([counts, view.leftOut.counts === counts]).toEqual([{ critical: 1 }, true]);
    view(snapshot(source('a', [])));
    expect([view.leftOut.counts, view.leftOut.list()]).toEqual([{}, []]);
    view(snapshot(source('a', [service('web', at(1))])));
    expect(view.leftOut.counts).toEqual({});
  });

  it('is computed when it is read, from the services that changed', () => {
    let looks = 0;
    const view = viewer({ rules: [{ reason: 'counted', has: () => (looks += 1) < 0 }] });
    const many = Array.from({ length: 50 }, (_, n) => service(`s${n}`, at(1), at(2)));
    const read = (...services: Service[]): number => {
      view(snapshot(source('a', services)));
      const before = looks;
      expect(view.leftOut.counts).toEqual({});
      return looks - before;
    };
    view(snapshot(source('a', many)));
    expect(looks).toBe(0);
    expect(read(...many)).toBe(100);
    expect(read(...many, service('web', at(1)))).toBe(1);
    // The service as it was is looked at, too.
    expect(read(...many, service('web', at(1), at(2)))).toBe(3);
  });

  it('names what was added since it was last asked, in bounded memory', () => {
    const view = viewer({ rules });
    const critical = (count: number, weight = 1) =>
      service(
        'web',
        ...Array.from({ length: count }, (_, n) => at(n, { status: 'critical', key: `/web/${n}`, weight })),
      );
    view(snapshot(source('a', [critical(200)])));
    const { some, total } = view.leftOut.takeAdded();
    expect([some.length, total]).toEqual([50, 200]);
    view(snapshot(source('a', [critical(201, 5)])));
    expect(view.leftOut.takeAdded()).toMatchObject({ some: [{ instance: { id: 'i-200' } }], total: 1 });
    expect(view.leftOut.takeAdded()).toEqual({ some: [], total: 0 });
  });

  it('counts whole services that the target does not select, and names a few of their instances', () => {
    const view = viewer({ select: { services: ['web'] } });
    const api = (count: number) =>
      service('api', ...Array.from({ length: count }, (_, n) => at(n, { key: `/api/${n}`, service: 'api' })));
    const more = service('db', at(900, { key: '/db/900', service: 'db' }));
    view(snapshot(source('a', [api(40), service('web', at(950))])));
    expect(view.leftOut.takeAdded().total).toBe(40);
    view(snapshot(source('a', [api(140), more, service('web', at(950))])));
    const { some, total } = view.leftOut.takeAdded();
    expect([some.length, total]).toEqual([50, 101]);
    expect(some.map(({ instance: { key }, reason }) => [key, reason])).not.toContainEqual([
      '/api/39',
      'outside select',
    ]);
    expect(view.leftOut.counts).toEqual({ 'outside select': 141 });
    view(snapshot(source('a', [service('web', at(950))])));
    expect(view.leftOut.takeAdded()).toEqual({ some: [], total: 0 });
    expect(view.leftOut.counts).toEqual({});
  });

  it('is the same, however the snapshots came', () => {
    const shapes = fc.array(
      fc.dictionary(
        fc.constantFrom('api', 'web'),
        fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.boolean()), {
          selector: ([octet]) => octet,
        }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(shapes, (steps) => {
        const selection: Partial<ViewSelection> = { select: { tags: ['public'] }, rules };
        const [step, fresh] = [viewer(selection), viewer(selection)];
        const snapshots = steps.map((services) =>
          snapshot(
            source(
              'a',
              Object.entries(services).map(([name, list]) =>
                service(
                  name,
                  ...list.map(([octet, isPublic, isIll]) =>
                    at(octet, {
                      service: name,
                      tags: isPublic ? ['public'] : [],
                      status: isIll ? 'critical' : 'passing',
                    }),
                  ),
                ),
              ),
            ),
          ),
        );
        for (const one of snapshots) step(one);
        fresh(snapshots.at(-1) ?? snapshot());
        expect(names(step).sort()).toEqual(names(fresh).sort());
        expect(step.leftOut.counts).toEqual(fresh.leftOut.counts);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Service } from '../../src/model/instance.js';
import { sortInstances } from '../../src/model/order.js';
import { createPlanner } from '../../src/dns/planner.js';
import { mostOverUdp } from '../../src/dns/record-set.js';
import { makeInstance, makeService } from '../render/views.js';
import { plan, planOptions, recordsOf, zone } from './planning.js';

const word = fc.oneof(
  fc.constantFrom(
    'web',
    'WEB',
    'api',
    'v1',
    'a',
    'A',
    '',
    'x.y',
    'my_service',
    '-',
    'é',
    '*',
    '@',
    '_web',
    'w'.repeat(63),
  ),
  fc.string({ maxLength: 70, unit: 'grapheme' }),
);
const address = fc.oneof(
  fc.record({ address: fc.ipV4().filter((text) => text !== '0.0.0.0'), family: fc.constant('ipv4' as const) }),
  fc.record({ address: fc.constantFrom('2001:db8::1', '2001:db8::2'), family: fc.constant('ipv6' as const) }),
  fc.record({ address: fc.constantFrom('db.example.net', 'b.example.net'), family: fc.constant('name' as const) }),
);
const instance = fc
  .record({
    id: word,
    key: word.map((text) => `/services/${text}`),
    address,
    port: fc.integer({ min: 1, max: 4 }),
    weight: fc.integer({ min: 0, max: 2 }),
    scheme: word,
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    status: fc.constantFrom('passing' as const, 'draining' as const, 'critical' as const),
    ttl: fc.constantFrom('', '5', '99'),
  })
  .map(({ address: place, ttl, ...rest }) => ({ ...rest, ...place, metadata: ttl === '' ? {} : { ttl } }));
const service = fc
  .record({ name: word, instances: fc.array(instance, { maxLength: 5 }), expected: fc.boolean() })
  .map(({ name, instances, expected }): Service => ({
    name,
    expected,
    instances: sortInstances(instances.map((patch) => makeInstance({ ...patch, service: name }))),
  }));
const services = fc.uniqueArray(service, { maxLength: 6, selector: ({ name }) => name });
const unfit = fc.constantFrom('map' as const, 'reject' as const);

/** The plan of the services that are not rejected, as a target makes it. */
function accepted(all: readonly Service[], how: 'map' | 'reject') {
  let left = all;
  for (;;) {
    const made = plan(left, { unfit: how });
    if (made.rejected.length === 0) return { left, made };
    const out = new Set(made.rejected.map(({ service: name }) => name));
    left = left.filter(({ name }) => !out.has(name));
  }
}

describe('a plan', () => {
  it('has valid names only, all of them in the zone, and no record twice', () => {
    fc.assert(
      fc.property(services, unfit, (all, how) => {
        const { made } = accepted(all, how);
        const lines = recordsOf(made);
        expect(new Set(lines.map((line) => line.replace(/^(\S+) \d+/, '$1'))).size).toBe(lines.length);
        for (const { name, type, data } of made.services.flatMap(({ sets }) => sets)) {
          expect(name.endsWith(`.${zone}`)).toBe(true);
          expect(name.length).toBeLessThanOrEqual(253);
          const label =
            type === 'SRV' ? /^_?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/ : /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
          for (const each of name.split('.')) {
            expect(each).toMatch(label);
            expect(each.length).toBeLessThanOrEqual(63);
          }
          if (type === 'CNAME') expect(data).toHaveLength(1);
        }
      }),
    );
  });

  it('has one TTL for each name and type, and an alias beside no other record', () => {
    fc.assert(
      fc.property(services, unfit, (all, how) => {
        const sets = accepted(all, how).made.services.flatMap((each) => each.sets);
        expect(new Set(sets.map(({ name, type }) => `${name} ${type}`)).size).toBe(sets.length);
        for (const { name } of sets.filter(({ type }) => type === 'CNAME'))
          expect(sets.filter((other) => other.name === name)).toHaveLength(1);
      }),
    );
  });

  it('has an address for every SRV target inside the zone: that of an instance with this port', () => {
    fc.assert(
      fc.property(services, unfit, (all, how) => {
        const { made, left } = accepted(all, how);
        for (const [at, { sets }] of made.services.entries())
          for (const text of sets.filter(({ type }) => type === 'SRV').flatMap(({ data }) => data)) {
            const [, , port, target = ''] = text.split(' ');
            if (!target.endsWith(`.${zone}.`)) continue;
            const found = sets
              .filter(({ name, type }) => `${name}.` === target && type !== 'TXT')
              .flatMap(({ data }) => data);
            const live = left[at]?.instances.filter((each) => String(each.port) === port).map((each) => each.address);
            expect(found.length).toBeGreaterThan(0);
            for (const each of found) expect(live).toContain(each);
          }
      }),
    );
  });

  it('does not depend on the order of services and instances', () => {
    fc.assert(
      fc.property(services, unfit, (all, how) => {
        const turned = all.map((each) => ({ ...each, instances: [...each.instances].reverse() })).reverse();
        expect(recordsOf(plan(turned, { unfit: how })).sort()).toEqual(recordsOf(plan(all, { unfit: how })).sort());
      }),
    );
  });

  it('loses the names of a service with the service, and no other', () => {
    fc.assert(
      fc.property(services, unfit, fc.nat(), (all, how, index) => {
        const { left, made } = accepted(all, how);
        if (left.length === 0) return;
        const at = index % left.length;
        const rest = plan(
          left.filter((_, other) => other !== at),
          { unfit: how },
        );
        const own = recordsOf({ services: made.services.slice(at, at + 1) });
        expect(rest.rejected).toEqual([]);
        expect([...recordsOf(rest), ...own].sort()).toEqual(recordsOf(made).sort());
      }),
    );
  });

  it('is the same object for a service that has not changed, and planned anew for one that has', () => {
    const make = createPlanner(planOptions());
    const [web, api] = [makeService('web', [{}]), makeService('api', [{}])];
    const before = make([api, web]).services;
    const after = make([api, makeService('web', [{ port: 81 }])]).services;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });

  it('tells how large an answer is, so that one for TCP is known', () => {
    const crowd = (count: number) =>
      plan([
        makeService(
          'web',
          Array.from({ length: count }, (_, at) => ({
            id: `i${at}`,
            key: `/i${at}`,
            address: `10.0.${at >> 8}.${at & 255}`,
          })),
        ),
      ]).services.flatMap(({ sets }) =>
        sets.filter(({ name, octets }) => name === `web.${zone}` && octets > mostOverUdp),
      );
    // 27 octets, the name of 21, and 16 for each address.
    expect(crowd(74)).toEqual([]);
    expect(crowd(75)).toHaveLength(1);
  });
});

describe('two services with one label', () => {
  const both = [makeService('WEB', [{}]), makeService('web', [{}])];

  it('are an error that names both: the one in lower case has it', () => {
    const { rejected } = plan(both);
    expect(rejected).toEqual([{ service: 'WEB', reason: expect.stringContaining('service web') as string }]);
  });

  it('leave it to the expected one', () => {
    const { rejected } = plan([makeService('WEB', [{}], true), makeService('web', [{}])]);
    expect(rejected).toEqual([{ service: 'web', reason: expect.stringContaining('service WEB') as string }]);
  });

  it('do not let a registrant take the label that was made for another name', () => {
    const label = plan([makeService('my_service', [{}])], { unfit: 'map' }).services[0]?.label ?? '';
    expect(label).toMatch(/^my-service-[0-9a-f]{12}$/);
    const { rejected } = plan([makeService(label, [{}]), makeService('my_service', [{}])], { unfit: 'map' });
    expect(rejected).toEqual([{ service: label, reason: expect.stringContaining('service my_service') as string }]);
  });
});

describe('a service whose name is no label', () => {
  it.each(['my_service', 'a.b', '', '*', '@', 'a b', '-a', 'w'.repeat(63), 'é'])(
    '%j is rejected with the reason',
    (name) => {
      const made = plan([makeService(name, [{}])]);
      expect(made.rejected).toEqual([
        { service: name, reason: expect.stringContaining('cannot have a name') as string },
      ]);
    },
  );

  it('has a label of its own with `map`', () => {
    const [made] = plan([makeService('com.example.Greeter', [{}])], { unfit: 'map' }).services;
    expect(made?.label).toMatch(/^com-example-greeter-[0-9a-f]{12}$/);
  });
});

it('rejects a service that would have a name of the static records, and names both', () => {
  const taken = (name: string): string | undefined => (name === `ns1.${zone}` ? 'the static record ns1 A' : undefined);
  const { rejected } = plan([makeService('ns1', [{}]), makeService('web', [{ id: 'ns1' }])], { taken });
  expect(rejected).toEqual([
    { service: 'ns1', reason: 'ns1.svc.example.com is also the name of the static record ns1 A' },
  ]);
});

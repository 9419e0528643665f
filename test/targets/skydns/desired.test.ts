import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import { diffSkydns, type ObservedRecord } from '../../../src/targets/skydns/diff.js';
import { skydnsSchema } from '../../../src/targets/skydns/schema.js';
import { digestSkydns, desiredRecords, type RecordOptions } from '../../../src/targets/skydns/desired.js';
import { instance } from '../../model/instances.js';

const naming: RecordOptions = { prefix: '/skydns', domain: 'svc.example.com', owner: 'roll' };

function viewOf(services: Record<string, Partial<Instance>[]>): View {
  const list = Object.entries(services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, overs]): Service => ({ name, instances: overs.map((over) => instance(over)), expected: false }));
  return { services: list, kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 't' } };
}

const quarantined = (view: View): Record<string, string> =>
  Object.fromEntries(desiredRecords(naming, view).quarantined.map(({ service, reason }) => [service, reason]));

describe('desired keys', () => {
  it.each([
    [{}, {}, undefined],
    [{}, { ttl: '9' }, 9],
    [{ ttl: 30 }, {}, 30],
    [{ ttl: 30 }, { ttl: '9' }, 9],
    [{ ttl: 30 }, { ttl: '90' }, 30],
    [{ ttl: 30 }, { ttl: '0' }, 30],
    [{ ttl: 30, sourceTtl: { services: 7 } }, {}, 7],
    [{ ttl: 30, sourceTtl: { others: 7 } }, { ttl: 'soon' }, 30],
  ])('with %j and the metadata %j have the TTL %s', (times, metadata, ttl) => {
    const { records } = desiredRecords({ ...naming, ...times }, viewOf({ web: [{ source: 'services', metadata }] }));
    expect([...records.values()].map((text) => (JSON.parse(text) as { ttl?: number }).ttl)).toEqual([ttl]);
  });

  it('name their service as their group, and stand below each other, when they have groups', () => {
    const view = viewOf({ web: [{}], 'x.web': [{}] });
    const { records, quarantined: left } = desiredRecords({ ...naming, groups: true }, view);
    expect(left).toEqual([]);
    expect([...records.values()].map((text) => (JSON.parse(text) as { group?: string }).group)).toEqual([
      'web',
      'x.web',
    ]);
    expect(desiredRecords(naming, view).quarantined).toHaveLength(1);
  });

  it('are one per instance below the reversed name, with SkyDNS’s fields in a fixed order', () => {
    const view = viewOf({
      web: [
        { address: '10.0.0.1', port: 80, weight: 5 },
        { address: '2001:db8::1', host: '[2001:db8::1]', family: 'ipv6', port: 80 },
        { address: 'a.example.com', host: 'a.example.com', family: 'name', port: 443 },
      ],
    });
    const { records } = desiredRecords({ ...naming, ttl: 30, priority: 20 }, view);
    const keys = [...records.keys()];
    expect(keys).toEqual([...keys].sort());
    for (const key of keys) expect(key).toMatch(/^\/skydns\/com\/example\/svc\/web\/[0-9a-f]{12}$/);
    expect([...records.values()].sort()).toEqual([
      '{"host":"10.0.0.1","port":80,"weight":5,"priority":20,"ttl":30,"owner":"roll"}',
      '{"host":"2001:db8::1","port":80,"weight":1,"priority":20,"ttl":30,"owner":"roll"}',
      '{"host":"a.example.com","port":443,"weight":1,"priority":20,"ttl":30,"owner":"roll"}',
    ]);
  });

  it('keep their name as long as address and port stay, whatever else changes', () => {
    const keyOf = (over: Partial<Instance>): string | undefined =>
      [...desiredRecords(naming, viewOf({ web: [over] })).records.keys()][0];
    expect(keyOf({ id: 'other', key: '/other', weight: 9, metadata: { a: 'b' } })).toBe(keyOf({}));
    expect(keyOf({ port: 81 })).not.toBe(keyOf({}));
    expect(keyOf({ address: '10.0.0.2' })).not.toBe(keyOf({}));
  });

  it('leave out instances that take no traffic, and keep those that the guard holds', () => {
    const view = viewOf({
      web: [
        { port: 1, status: 'draining' },
        { port: 2, status: 'critical' },
        { port: 3, weight: 0 },
        { port: 4, held: true },
      ],
    });
    expect(
      [...desiredRecords(naming, view).records.values()].map((value) => (JSON.parse(value) as { port: number }).port),
    ).toEqual([4]);
  });

  it('split dots into labels and ignore case', () => {
    const [key] = desiredRecords(naming, viewOf({ '_HTTP._tcp.Web': [{}] })).records.keys();
    expect(key).toMatch(/^\/skydns\/com\/example\/svc\/web\/_tcp\/_http\//);
  });

  const bad: [string, RegExp][] = [
    ['a/b', /letters, digits/],
    ['a b', /letters, digits/],
    ['-a', /letters, digits/],
    ['a-', /letters, digits/],
    ['ä', /letters, digits/],
    ['a..b', /empty/],
    ['.a', /empty/],
    ['*', /letters, digits/],
    ['x'.repeat(64), /63/],
    [Array.from({ length: 5 }, () => 'x'.repeat(50)).join('.'), /too long/],
    ['dns', /own servers/],
    ['ns.dns', /own servers/],
    ['apex.DNS', /own servers/],
    ['any', /any/],
  ];
  it.each(bad)('leave out service %s, with the reason', (name, reason) => {
    const view = viewOf({ [name]: [{}], web: [{}] });
    expect(desiredRecords(naming, view).records.size).toBe(1);
    expect(quarantined(view)[name]).toMatch(reason);
  });

  it('give a name to the service in lower case, whichever is first', () => {
    const view = viewOf({ WEB: [{ port: 1 }], Web: [{ port: 2 }], web: [{ port: 3 }] });
    const { records } = desiredRecords(naming, view);
    expect([...records.values()].map((value) => (JSON.parse(value) as { port: number }).port)).toEqual([3]);
    expect(Object.keys(quarantined(view)).sort()).toEqual(['WEB', 'Web']);
  });

  it('give a name to the expected service, whichever is in lower case', () => {
    const { services, ...rest } = viewOf({ Web: [{ port: 1 }], web: [{ port: 2 }] });
    const view = { ...rest, services: services.map((one) => ({ ...one, expected: one.name === 'Web' })) };
    const { records } = desiredRecords(naming, view);
    expect([...records.values()].map((value) => (JSON.parse(value) as { port: number }).port)).toEqual([1]);
    expect(Object.keys(quarantined(view))).toEqual(['web']);
  });

  it('leave out a service below another one, whose answers would contain it', () => {
    const view = viewOf({ web: [{}], 'evil.web': [{}], 'a.evil.web': [{}], 'x.other': [{}] });
    expect(desiredRecords(naming, view).records.size).toBe(2);
    expect(Object.keys(quarantined(view)).sort()).toEqual(['a.evil.web', 'evil.web']);
  });

  it('have equal digests when they are equal', () => {
    const digest = (over: Partial<Instance>): string => digestSkydns(desiredRecords(naming, viewOf({ web: [over] })));
    expect(digest({ id: 'other' })).toBe(digest({}));
    expect(digest({ weight: 2 })).not.toBe(digest({}));
  });

  it('are below the domain and hold JSON with our owner, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.domain(), fc.stringMatching(/^[a-z.]{1,8}$/))), (names) => {
        const view = viewOf(Object.fromEntries(names.map((name) => [name, [{}]])));
        for (const [key, value] of desiredRecords(naming, view).records) {
          expect(key).toMatch(/^\/skydns\/com\/example\/svc(\/_?[a-z0-9-]+)+\/[0-9a-f]{12}$/);
          expect(JSON.parse(value)).toMatchObject({ owner: 'roll' });
        }
      }),
    );
  });
});

describe('changes', () => {
  const [[key, value] = ['', '']] = desiredRecords(naming, viewOf({ web: [{}] })).records;
  const want = { records: new Map([[key, value]]), quarantined: [] };
  const seen = (over: Partial<ObservedRecord>): ObservedRecord => ({
    ...{ value, modRevision: '7', lease: '0', ours: true },
    ...over,
  });
  const cases: [string, Record<string, ObservedRecord>, [string, string, string][]][] = [
    ['create what is not there', {}, [['create', key, '0']]],
    ['leave what is equal', { [key]: seen({}) }, []],
    ['update what differs', { [key]: seen({ value: 'x' }) }, [['update', key, '7']]],
    ['leave a desired key of another owner as it is', { [key]: seen({ value: 'x', ours: false }) }, []],
    [
      'delete what is ours and unwanted',
      { [key]: seen({}), '/a': seen({ modRevision: '9' }) },
      [['delete', '/a', '9']],
    ],
    ['leave what is not ours and unwanted', { [key]: seen({}), '/a': seen({ ours: false }) }, []],
  ];
  it.each(cases)('%s', (_name, records, expected) => {
    const changes = diffSkydns(want, { records: new Map(Object.entries(records)) });
    expect(changes.map(({ action, output, modRevision }) => [action, output, modRevision])).toEqual(expected);
  });
});

describe('the skydns block', () => {
  const base = { domain: 'svc.example.com', owner: 'roll' };

  it('fills in the defaults, and accepts a domain in any case with a final dot', () => {
    expect(skydnsSchema.parse({ ...base, domain: 'SVC.example.com.' })).toEqual({
      ...base,
      ...{ prefix: '/skydns', sourceTtl: {}, groups: false },
    });
  });

  const bad: [string, object][] = [
    ['no owner', { owner: '' }],
    ['a domain that is none', { domain: 'a..b' }],
    ['a domain with a slash', { domain: 'a/b' }],
    ['a prefix without a slash', { prefix: 'skydns' }],
    ['a prefix that ends with one', { prefix: '/skydns/' }],
    ['a TTL of 0', { ttl: 0 }],
    ['an unknown key', { group: 'x' }],
  ];
  it.each(bad)('refuses %s', (_name, over) => {
    expect(skydnsSchema.safeParse({ ...base, ...over }).success).toBe(false);
  });
});

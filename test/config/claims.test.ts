import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crosscheck } from '../../src/config/crosscheck.js';
import { createTargetKinds } from '../../src/targets/kinds.js';
import { targetKinds } from '../../src/targets/registry.js';
import { testKinds } from '../kinds/registry.js';

const configOf = (...blocks: object[]) => ({
  sources: [{ name: 'web', prefix: '/web/' }],
  targets: blocks.map((block, index) => ({ name: `t${index}`, ...block })),
});
const found = (...blocks: object[]): string[] =>
  crosscheck(configOf(...blocks), testKinds).map(({ path, message }) => `${path.join('.')}: ${message}`);
const skydns = (block: object) => ({ skydns: { domain: 'svc.example.com', owner: 'a', ...block } });

describe('claims on keys', () => {
  it('meet when two targets have one owner and one domain', () => {
    const taken = ['targets.1.skydns.owner: is taken already by targets[0].skydns.owner'];
    expect(found(skydns({}), skydns({}))).toEqual(taken);
    expect(found(skydns({}), skydns({ prefix: '/skydns' }))).toEqual(taken);
  });

  it('meet when one of two targets of one owner writes below the other', () => {
    const nested = [skydns({}), skydns({ domain: 'eu.svc.example.com' })] as const;
    const message = 'and one of the two writes below the other: they would remove each other’s keys';
    expect(found(...nested)).toEqual([`targets.1.skydns.owner: is also targets[0].skydns.owner, ${message}`]);
    expect(found(nested[1], nested[0])).toHaveLength(1);
  });

  it('do not meet with another owner, another domain, another prefix or another etcd', () => {
    for (const other of [
      { owner: 'b' },
      { domain: 'svc.example.org' },
      { prefix: '/dns' },
      { etcd: { endpoints: ['x'] } },
    ])
      expect(found(skydns({}), skydns(other))).toEqual([]);
  });

  it('meet in another etcd by the same rules as in the main etcd', () => {
    const etcd = { endpoints: ['http://192.0.2.1:2379'] };
    expect(found(skydns({ etcd }), skydns({ etcd: { ...etcd } }))).toHaveLength(1);
  });

  it('must not overlap with a source of the same etcd', () => {
    const loop =
      'targets.0.skydns.prefix: overlaps with sources[0].prefix: rollcall would read the keys that it writes';
    expect(found(skydns({ prefix: '/web/dns' }))).toEqual([loop]);
    expect(found(skydns({ prefix: '/web' }))).toEqual([loop]);
    expect(found(skydns({ prefix: '/webs' }))).toEqual([]);
    expect(found(skydns({ prefix: '/web', etcd: {} }))).toEqual([]);
  });
});

describe('claims on objects of a cluster', () => {
  const object = (block: object, kind = 'configMap') => ({ [kind]: { name: 'web', data: {}, ...block } });
  // Without one, each of these kinds has a warning.
  const election = { election: { kubernetes: { name: 'rollcall' } } };
  const inCluster = (kubernetes: object, ...blocks: object[]): string[] =>
    crosscheck({ kubernetes, ...election, ...configOf(...blocks) }, testKinds).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
  const found = (...blocks: object[]): string[] => inCluster({}, ...blocks);
  const taken = ['targets.1.configMap.name: is taken already by targets[0].configMap.name'];

  it('meet when two targets write one object', () => {
    expect(found(object({}), object({}))).toEqual(taken);
    expect(found(object({ namespace: 'edge' }), object({ namespace: 'edge' }))).toEqual(taken);
  });

  it('meet when only one of them names the namespace of the `kubernetes` block', () => {
    expect(inCluster({ namespace: 'edge' }, object({ namespace: 'edge' }), object({}))).toEqual(taken);
    expect(inCluster({ namespace: 'edge' }, object({ namespace: 'other' }), object({}))).toEqual([]);
  });

  it('meet when a service could choose the name of another object', () => {
    const each = object({ name: 'we{{service.name}}', forEach: 'service' });
    const message = 'can be the same object as targets[0].configMap.name of another target';
    expect(found(object({}), each)).toEqual([`targets.1.configMap.name: ${message}`]);
    expect(found(each, object({ name: '{{service.name}}-x', forEach: 'service' }))).toEqual([
      `targets.1.configMap.name: ${message}`,
    ]);
    expect(found(object({ name: 'api' }), each)).toEqual([]);
  });

  it('do not meet in two namespaces, or as a ConfigMap and a Secret', () => {
    expect(found(object({ namespace: 'edge' }), object({ namespace: 'other' }))).toEqual([]);
    expect(found(object({}), object({}, 'secret'))).toEqual([]);
  });

  it('meet when two targets could make one Service', () => {
    const slices = (block: object) => ({ endpointSlices: block });
    expect(found(slices({}), slices({}))).toEqual([
      'targets.1.endpointSlices: is taken already by targets[0].endpointSlices',
    ]);
    expect(found(slices({ prefix: 'a-' }), slices({ suffix: '-b' }))).toEqual([
      'targets.1.endpointSlices: can be the same object as targets[0].endpointSlices of another target',
    ]);
    expect(found(slices({ prefix: 'a-' }), slices({ prefix: 'b-' }))).toEqual([]);
    expect(found(slices({ namespace: 'edge' }), slices({ namespace: 'other' }))).toEqual([]);
    expect(found(slices({}), object({}))).toEqual([]);
  });
});

it('two targets cannot claim one name', () => {
  const block = { memory: { store: 's', texts: { a: { template: 'json' } } } };
  expect(found(block, block)).toEqual(['targets.1.memory.texts.a: is taken already by targets[0].memory.texts.a']);
});

it.each(testKinds.all)('$key claims nothing, and does not throw, for a block of a wrong shape', (kind) => {
  const anything = fc.anything({ withNullPrototype: true });
  const keys = fc.constantFrom('path', 'template', 'prefix', 'domain', 'owner', 'etcd', 'store', 'texts');
  const block = fc.oneof(
    anything,
    fc.array(anything),
    fc.dictionary(keys, anything),
    fc.array(fc.dictionary(keys, anything)),
  );
  fc.assert(
    fc.property(block, (raw) => {
      for (const claim of kind.claims(raw)) expect(['file', 'keys', 'name', 'object']).toContain(claim.type);
      crosscheck(
        { sources: [{ name: 'a', prefix: '/' }], targets: [{ [kind.key]: raw }, { [kind.key]: raw }] },
        testKinds,
      );
    }),
    { numRuns: 500 },
  );
});

it('refuses two kinds with the same key', () => {
  expect(() => createTargetKinds([...targetKinds.all, ...targetKinds.all])).toThrow(
    'two kinds of targets have the key files',
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../src/model/changes.js';
import type { Instance, Service } from '../../src/model/instance.js';
import type { Pair } from '../../src/model/pair.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { changesOfPairs, changesOfViews } from '../../src/model/view-changes.js';
import type { View } from '../../src/model/view.js';
import { listed, viewOf } from '../support/board.js';
import { instance } from './instances.js';

const withServices = (services: readonly Service[]): View => ({ ...viewOf(), services });
const withPairs = (pairs: readonly Pair[]): View => ({ ...viewOf(), kv: { pairs, tree: {} } });

const registry = fc
  .dictionary(
    fc.constantFrom('api', 'db', 'web', 'web2'),
    fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c'), port: fc.integer({ min: 1, max: 4 }) }), {
      selector: ({ port }) => port,
    }),
  )
  .map((services) =>
    Object.entries(services)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, instances]): Service => ({
        name,
        instances: instances.map((one) => instance({ ...one, service: name })),
        expected: false,
      })),
  );

function snapshotOf(services: readonly Service[]): Snapshot {
  return {
    sources: [{ ...listed('services', '1'), services: new Map(services.map((service) => [service.name, service])) }],
    stale: false,
  };
}

describe('the changes between two views', () => {
  it('are those between the snapshots of the same services', () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        // Half of the services that both have stay the same object.
        const now = after.map(
          (service, index) => before.find(({ name }) => name === service.name && index % 2 > 0) ?? service,
        );
        expect(changesOfViews(withServices(before), withServices(now))).toEqual(
          changesBetween(snapshotOf(before), snapshotOf(now)),
        );
      }),
    );
  });

  it('take a time that grows with the number of instances, also if all are of one registration', () => {
    const many = (port: number): Instance[] =>
      Array.from({ length: 50_000 }, (_, n) => instance({ address: `10.0.${n >> 8}.${n & 255}`, port }));
    const view = (instances: Instance[]) => withServices([{ name: 'web', instances, expected: false }]);
    const began = performance.now();
    expect(changesOfViews(view(many(80)), view(many(81)))).toHaveLength(50_000);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('of raw keys are those of their values', () => {
    const pairs = fc.dictionary(fc.constantFrom('/a', '/b', '/c', '/d'), fc.constantFrom('1', '2')).map((values) =>
      Object.entries(values)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value })),
    );
    fc.assert(
      fc.property(pairs, pairs, (before, after) => {
        const valueIn = (list: readonly Pair[], key: string) => list.find((pair) => pair.key === key)?.value;
        const keys = [...new Set([...before, ...after].map(({ key }) => key))].sort();
        expect(changesOfPairs(withPairs(before), withPairs(after))).toEqual({
          added: keys.filter((key) => valueIn(before, key) === undefined),
          removed: keys.filter((key) => valueIn(after, key) === undefined),
          updated: keys.filter((key) => {
            const [old, now] = [valueIn(before, key), valueIn(after, key)];
            return old !== undefined && now !== undefined && old !== now;
          }),
        });
      }),
    );
  });
});

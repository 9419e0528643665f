import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReplica } from '../../../src/etcd/watch/replica.js';
import type { Batch, Entry } from '../../../src/model/entry.js';

const entry = (key: string, modRevision: number, value = 'v', lease = '0'): Entry => ({
  key,
  value,
  lease,
  createRevision: '1',
  modRevision: String(modRevision),
});
const listing = (revision: number, entries: Entry[], clusterId = '7') => ({
  revision: String(revision),
  clusterId,
  raftTerm: '2',
  entries,
});

function replicaWith(entries: Entry[], revision = 5) {
  const batches: Batch[] = [];
  const replica = createReplica({ batch: (batch) => batches.push(batch), state: () => undefined });
  replica.replace(listing(revision, entries));
  return { replica, batches };
}

describe('what is known of a prefix', () => {
  const a = entry('a', 3);
  const b = entry('b', 4);

  it('resumes behind the last event that was applied', () => {
    const { replica } = replicaWith([a]);
    replica.apply([{ type: 'put', entry: entry('b', 9) }], '9');
    expect(replica.moment).toEqual({ revision: '9', clusterId: '7', raftTerm: '2' });
    replica.advance('12');
    expect(replica.moment?.revision).toBe('12');
    replica.forget();
    expect(replica.moment).toBeUndefined();
  });

  it.each([
    ['the same', listing(9, [a, b]), { kind: 'change', revision: '9', events: [] }],
    ['a key less', listing(9, [a]), { kind: 'sync' }],
    ['a key more', listing(9, [a, b, entry('c', 9)]), { kind: 'sync' }],
    ['a newer key', listing(9, [a, entry('b', 9)]), { kind: 'sync' }],
    ['another value at the same revision', listing(9, [a, entry('b', 4, 'w')]), { kind: 'sync' }],
    ['another lease', listing(9, [a, entry('b', 4, 'v', '77')]), { kind: 'sync' }],
    ['the same in another cluster', listing(9, [a, b], '8'), { kind: 'sync', clusterId: '8' }],
    ['the same at an older revision', listing(4, [a, b]), { kind: 'sync', revision: '4' }],
  ])('delivers a second list only when it differs: %s', (_what, second, batch) => {
    const { replica, batches } = replicaWith([a, b]);
    replica.forget();
    replica.replace(second);
    expect(batches).toHaveLength(2);
    expect(batches[1]).toMatchObject(batch);
  });

  it('compares itself with a list, without keys that changed meanwhile', () => {
    const { replica } = replicaWith([a, b, entry('c', 5)]);
    const comparison = replica.compare();
    comparison.begin();
    comparison.page([entry('a', 8), entry('c', 5)]);
    replica.apply([{ type: 'delete', key: 'c' }], '9');
    comparison.page([entry('x', 8)]);
    replica.apply([{ type: 'put', entry: entry('d', 10) }], '10');
    expect(comparison.differences()).toEqual(['a', 'x', 'b']);
    comparison.stop();
    replica.apply([{ type: 'delete', key: 'a' }], '11');
    expect(comparison.differences()).toEqual(['a', 'x', 'b']);
  });

  it('compares itself with the list that began last', () => {
    const { replica } = replicaWith([a, b]);
    const comparison = replica.compare();
    comparison.begin();
    comparison.page([entry('a', 8), entry('y', 8)]);
    comparison.begin();
    comparison.page([a]);
    comparison.page([b]);
    expect(comparison.differences()).toEqual([]);
    comparison.stop();
  });

  it('never differs from what was delivered, whatever that was', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const steps = fc.array(fc.record({ key, value: fc.option(fc.string()) }));
    fc.assert(
      fc.property(steps, (made) => {
        const { replica } = replicaWith([a, b]);
        const world = new Map([a, b].map((each) => [each.key, each]));
        made.forEach(({ key, value }, n) => {
          const revision = 10 + n;
          if (value === null) world.delete(key);
          else world.set(key, entry(key, revision, value));
          const put = world.get(key);
          replica.apply([put === undefined ? { type: 'delete', key } : { type: 'put', entry: put }], String(revision));
        });
        const comparison = replica.compare();
        comparison.begin();
        for (const each of world.values()) comparison.page([each]);
        expect(comparison.differences()).toEqual([]);
        comparison.stop();
      }),
    );
  });
});

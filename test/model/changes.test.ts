import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween, type InstanceChange } from '../../src/model/changes.js';
import type { Instance } from '../../src/model/instance.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { instance } from './instances.js';

function snapshot(instances: readonly Instance[]): Snapshot {
  const sources = [...new Set(instances.map(({ source }) => source))].sort().map((source) => {
    const own = instances.filter((one) => one.source === source);
    const names = [...new Set(own.map(({ service }) => service))].sort();
    return {
      source,
      prefix: '/',
      keys: '<service>/<id>',
      filters: '[null,null]',
      format: 'json',
      revision: '1',
      clusterId: '1',
      services: new Map(
        names.map((name) => [
          name,
          { name, instances: own.filter(({ service }) => service === name), expected: false },
        ]),
      ),
      pairs: [],
      rejected: [],
      counts: { keys: own.length, ignored: 0, leaseless: 0, filtered: 0 },
    };
  });
  return { sources, stale: false };
}

const between = (before: readonly Instance[], after: readonly Instance[]) =>
  changesBetween(snapshot(before), snapshot(after));

const sayings = (changes: readonly InstanceChange[]) =>
  changes.map((change) => {
    const { type, instance } = change;
    const fields = change.type === 'updated' ? ` ${change.fields.join(',')}` : '';
    return `${type} ${instance.source}/${instance.service}/${instance.id} ${instance.address}${fields}`;
  });

describe('the changes between two snapshots', () => {
  it('are empty between equal snapshots', () => {
    expect(between([instance()], [instance()])).toEqual([]);
  });

  it('list additions, removals and differences', () => {
    const stays = instance({ id: 'a' });
    const before = [stays, instance({ id: 'b' }), instance({ id: 'c', weight: 5, tags: ['x'] })];
    const after = [stays, instance({ id: 'c', weight: 10, tags: ['x', 'y'] }), instance({ id: 'd' })];
    expect(sayings(between(before, after))).toEqual([
      'removed services/web/b 10.0.0.1',
      'updated services/web/c 10.0.0.1 weight,tags',
      'added services/web/d 10.0.0.1',
    ]);
  });

  it('treat a moved address as one update, also when the registration has several addresses', () => {
    const at = (address: string, port = 80) => instance({ id: 'a', address, host: address, port });
    expect(sayings(between([at('10.0.0.1')], [at('10.0.0.2')]))).toEqual([
      'updated services/web/a 10.0.0.2 address,host',
    ]);
    const [stays, moves] = [at('10.0.0.1'), at('10.0.0.9')];
    expect(sayings(between([stays, moves], [at('10.0.0.0'), stays]))).toEqual([
      'updated services/web/a 10.0.0.0 address,host',
    ]);
  });

  it('are separate for each source and service, in their order', () => {
    const before = [instance({ service: 'b' }), instance({ source: 'other' })];
    const after = [instance({ service: 'a' }), instance({ source: 'third' })];
    expect(sayings(between(before, after))).toEqual([
      'removed other/web/i-1 10.0.0.1',
      'added services/a/i-1 10.0.0.1',
      'removed services/b/i-1 10.0.0.1',
      'added third/web/i-1 10.0.0.1',
    ]);
  });

  const some = fc
    .record({
      source: fc.constantFrom('s', 't'),
      service: fc.constantFrom('web', 'api', 'db'),
      id: fc.constantFrom('1', '2', '3'),
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
      weight: fc.constantFrom(1, 2),
      zone: fc.constantFrom('', 'a'),
    })
    .map(instance);
  const place = (one: Instance) => JSON.stringify([one.source, one.service, one.id, one.address]);
  const roll = fc.uniqueArray(some, { selector: place, maxLength: 12 });
  const text = (one: Instance) => JSON.stringify(one);

  it('turn the first snapshot into the second, and back', () => {
    fc.assert(
      fc.property(roll, roll, (before, after) => {
        const changes = between(before, after);
        const left = new Map(before.map((one) => [text(one), one]));
        const take = (one: Instance) => {
          expect(left.delete(text(one))).toBe(true);
        };
        for (const change of changes) {
          if (change.type === 'removed') take(change.instance);
          if (change.type === 'updated') take(change.before);
        }
        for (const change of changes) if (change.type !== 'removed') left.set(text(change.instance), change.instance);
        expect([...left.keys()].sort()).toEqual(after.map(text).sort());
        const count = (all: readonly InstanceChange[], type: string) => all.filter((one) => one.type === type).length;
        const back = between(after, before);
        expect(count(back, 'added')).toBe(count(changes, 'removed'));
        expect(count(back, 'updated')).toBe(count(changes, 'updated'));
      }),
    );
  });

  it('never remove and add the same registration, and name exactly the fields that differ', () => {
    fc.assert(
      fc.property(roll, roll, (before, after) => {
        const changes = between(before, after);
        const names = (type: string) =>
          changes.filter((change) => change.type === type).map(({ instance: one }) => place({ ...one, address: '' }));
        const removed = new Set(names('removed'));
        for (const name of names('added')) expect(removed.has(name)).toBe(false);
        for (const change of changes) {
          if (change.type !== 'updated') continue;
          const { before: old, instance: now, fields } = change;
          expect([old.source, old.service, old.id]).toEqual([now.source, now.service, now.id]);
          const differing = Object.keys(now).filter(
            (key) => JSON.stringify(old[key as keyof Instance]) !== JSON.stringify(now[key as keyof Instance]),
          );
          expect(fields).toEqual(differing);
          expect(fields).not.toEqual([]);
        }
      }),
    );
  });
});

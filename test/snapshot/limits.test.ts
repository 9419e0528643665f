import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFormat } from '../../src/formats/registry.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';
import type { Batch, Entry, EntryEvent } from '../../src/model/entry.js';
import type { SourceSnapshot } from '../../src/model/snapshot.js';
import { createFold } from '../../src/snapshot/fold.js';
import { isTooLarge } from '../../src/snapshot/limits.js';

const limits = { valueBytes: 40, instances: 3, services: 4 };
const open = () =>
  createFold({
    ...{ source: 'services', prefix: '/services/', limits },
    format: createFormat(resolveSpec(formatSchema.parse('plain'), 'json'), { base: '/services/' }),
  });
const entry = (key: string, value: string, created: number): Entry => ({
  ...{ key: `/services/${key}`, value, lease: '1', createRevision: String(created), modRevision: String(created) },
});
const list = (entries: readonly Entry[]): Batch => ({ kind: 'sync', revision: '1', clusterId: '7', entries });
const change = (...events: EntryEvent[]): Batch => ({ kind: 'change', revision: '2', events });
const idsOf = ({ services }: SourceSnapshot) =>
  [...services.values()].map(({ name, instances }) => [name, instances.map(({ id }) => id)]);
const codesOf = ({ rejected }: SourceSnapshot) => rejected.map(({ key, code }) => [key, code]);

describe('the limits of a source', () => {
  it('reject a large value without a look into it, and no other', () => {
    const longest = `192.0.2.1:80${' '.repeat(28)}`;
    const fold = open();
    expect(codesOf(fold.apply(list([entry('a/1', longest, 1), entry('a/2', `${longest} `, 2)])))).toEqual([
      ['/services/a/2', 'too-large'],
    ]);
  });

  it('count bytes, not characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, limit) => {
        expect(isTooLarge(text, limit)).toBe(Buffer.byteLength(text) > limit);
      }),
    );
  });

  it('keep the instances of a service that registered first, and the next one when one of these leaves', () => {
    const all = [1, 2, 3, 4, 5].map((n) => entry(`web/${n}`, `192.0.2.${n}:80`, 9 - n));
    const fold = open();
    const first = fold.apply(list(all));
    expect(idsOf(first)).toEqual([['web', ['3', '4', '5']]]);
    expect(codesOf(first)).toEqual([
      ['/services/web/1', 'too-many-instances'],
      ['/services/web/2', 'too-many-instances'],
    ]);
    const second = fold.apply(change({ type: 'delete', key: '/services/web/4' }));
    expect(idsOf(second)).toEqual([['web', ['2', '3', '5']]]);
    expect(codesOf(second)).toEqual([['/services/web/1', 'too-many-instances']]);
  });

  it('keep the services with the oldest registrations, and name every instance of the others', () => {
    const fold = open();
    const names = ['e', 'd', 'c', 'b', 'a'];
    const first = fold.apply(list(names.map((name, at) => entry(`${name}/1`, '192.0.2.1:80', at + 1))));
    expect([...first.services.keys()]).toEqual(['b', 'c', 'd', 'e']);
    expect(codesOf(first)).toEqual([['/services/a/1', 'too-many-services']]);
    const more = fold.apply(change({ type: 'put', entry: entry('a/2', '192.0.2.2:80', 9) }));
    expect(codesOf(more)).toEqual([
      ['/services/a/1', 'too-many-services'],
      ['/services/a/2', 'too-many-services'],
    ]);
    const healed = fold.apply(change({ type: 'delete', key: '/services/c/1' }));
    expect(idsOf(healed).map(([name]) => name)).toEqual(['a', 'b', 'd', 'e']);
    expect(healed.rejected).toEqual([]);
  });

  it('give the same snapshot whatever the order of the changes', () => {
    const key = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(5));
    const step = fc.record({ key, isPut: fc.boolean(), isLong: fc.nat(9).map((n) => n === 0) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const changing = open();
        changing.apply(list([]));
        const present = new Map<string, Entry>();
        let last: SourceSnapshot = changing.apply(change());
        for (const [
          at,
          {
            key: [service, id],
            isPut,
            isLong,
          },
        ] of steps.entries()) {
          const name = `${service}/${id}`;
          if (!isPut) {
            present.delete(name);
            last = changing.apply(change({ type: 'delete', key: `/services/${name}` }));
            continue;
          }
          const value = `192.0.2.${id}:80${isLong ? ' '.repeat(40) : ''}`;
          const put = entry(name, value, Number(present.get(name)?.createRevision ?? at + 1));
          present.set(name, put);
          last = changing.apply(change({ type: 'put', entry: put }));
        }
        const whole = open().apply(list([...present.values()].sort((a, b) => (a.key < b.key ? -1 : 1))));
        expect(idsOf(last)).toEqual(idsOf(whole));
        expect(codesOf(last)).toEqual(codesOf(whole));
        expect(last.services.size).toBeLessThanOrEqual(limits.services);
      }),
    );
  });
});

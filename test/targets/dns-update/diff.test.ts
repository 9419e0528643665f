import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordSet, RecordType } from '../../../src/dns/record-set.js';
import { decodeMessage } from '../../../src/dns/wire/message.js';
import { encodeUpdate } from '../../../src/dns/client/update.js';
import { diffName } from '../../../src/targets/dns-update/diff.js';
import { readMark, writeMark } from '../../../src/targets/dns-update/mark.js';
import { planUpdates } from '../../../src/targets/dns-update/name-update.js';
import type { NameState, SetState } from '../../../src/targets/dns-update/zone-state.js';

const zone = 'svc.example.com';
const name = `web.${zone}`;
const options = { owner: 'me', policy: 'sync' } as const;

const set = (type: RecordType, ...data: string[]): RecordSet => ({ name, type, ttl: 30, data, octets: 100 });
const wanted = (...sets: RecordSet[]) => ({ zone, sets });
const state = (sets: Partial<Record<RecordType, readonly string[]>>, more: Partial<NameState> = {}): NameState => ({
  zone,
  marks: [],
  hasOthers: false,
  sets: new Map(
    Object.entries(sets).map(
      ([type, data]) => [type as RecordType, { ttl: 30, data }] satisfies [RecordType, SetState],
    ),
  ),
  ...more,
});
const markOf = (owner: string, sets: Partial<Record<RecordType, readonly string[]>>): readonly string[] => [
  writeMark(owner, state(sets).sets),
];

describe('the difference of a name', () => {
  it('creates records and their mark where there is nothing', () => {
    const { changes, conflicts } = diffName(name, wanted(set('A', '192.0.2.1')), undefined, options);
    expect(conflicts).toEqual([]);
    expect(changes).toMatchObject([{ action: 'create', output: `${name} A`, mark: { before: null } }]);
    expect(readMark(changes[0]?.mark.after ?? '')).toEqual({ owner: 'me', types: ['A'] });
  });

  it('stands beside records of other types, and leaves records of the same type to their owner', () => {
    const found = state({ TXT: ['"theirs"'], A: ['192.0.2.9'] }, { hasOthers: true });
    const { changes, conflicts } = diffName(
      name,
      wanted(set('A', '192.0.2.1'), set('AAAA', '2001:db8::1')),
      found,
      options,
    );
    expect(changes.map(({ output }) => output)).toEqual([`${name} AAAA`]);
    expect(conflicts).toEqual([`${name} A`]);
  });

  it.each([
    ['another owner', markOf('other', { A: ['192.0.2.1'] })],
    ['two owners', [...markOf('me', { A: ['192.0.2.1'] }), ...markOf('other', { A: ['192.0.2.1'] })]],
    ['another program', ['"v=spf1"']],
  ])('leaves a name with a mark of %s as it is', (_whose, marks) => {
    const found = state({ A: ['192.0.2.1'] }, { marks });
    expect(diffName(name, wanted(set('A', '192.0.2.2')), found, options)).toEqual({
      changes: [],
      conflicts: [`${name} A`],
    });
    expect(diffName(name, undefined, found, options)).toEqual({ changes: [], conflicts: [] });
  });

  it('removes its own sets only, and the mark with the last one', () => {
    const found = state({ A: ['192.0.2.1'], TXT: ['"theirs"'] }, { marks: markOf('me', { A: ['192.0.2.1'] }) });
    const { changes } = diffName(name, undefined, found, options);
    expect(changes).toMatchObject([{ action: 'delete', output: `${name} A`, mark: { after: null } }]);
  });

  it('with upsert-only removes records of a set, and never a whole set', () => {
    const found = state(
      { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] },
      { marks: markOf('me', { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] }) },
    );
    const { changes } = diffName(name, wanted(set('A', '192.0.2.1')), found, { ...options, policy: 'upsert-only' });
    expect(changes.map(({ action, output }) => [action, output])).toEqual([['update', `${name} A`]]);
    expect(readMark(changes[0]?.mark.after ?? '')?.types).toEqual(['A', 'AAAA']);
    expect(diffName(name, undefined, found, { ...options, policy: 'upsert-only' }).changes).toEqual([]);
  });

  it('never makes an alias beside other records, nor other records beside an alias of another owner', () => {
    const alias = wanted(set('CNAME', 'host.example.com.'));
    expect(diffName(name, alias, state({}, { hasOthers: true }), options).conflicts).toEqual([`${name} CNAME`]);
    expect(diffName(name, alias, state({ TXT: ['"x"'] }), options).conflicts).toEqual([`${name} CNAME`]);
    const theirs = state({ CNAME: ['theirs.example.com.'] });
    expect(diffName(name, wanted(set('A', '192.0.2.1')), theirs, options).conflicts).toEqual([`${name} A`]);
    const own = state({ A: ['192.0.2.1'] }, { marks: markOf('me', { A: ['192.0.2.1'] }) });
    expect(diffName(name, alias, own, options).changes.map(({ action }) => action)).toEqual(['delete', 'create']);
  });
});

describe('the updates', () => {
  it('of one changed address name that record and the mark only, however many others the name has', () => {
    const many = Array.from({ length: 500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    const before = many.slice(0, 499);
    const found = state({ A: before }, { marks: markOf('me', { A: before }) });
    const [change] = diffName(name, wanted(set('A', ...many)), found, options).changes;
    if (!change) throw new TypeError('nothing changes');
    const updates = planUpdates([{ ...change, sets: [change] }]);
    expect(updates).toHaveLength(1);
    expect(updates[0]?.steps).toHaveLength(3);
    expect(updates[0]?.prerequisites).toHaveLength(1);
  });

  it('fit into messages, whatever changes, and are all there', () => {
    const addresses = (from: number, count: number): SetState => ({
      ttl: 30,
      data: Array.from({ length: count }, (_, n) => `10.${from}.${n >> 8}.${n & 255}`),
    });
    const counts = fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 3000 })), { maxLength: 12 });
    fc.assert(
      fc.property(counts, (sizes) => {
        const changes = sizes.map(([old, fresh], index) => ({
          ...{
            zone,
            name: `n${index}.${zone}`,
            mark: { before: old > 0 ? '"old"' : null, after: fresh > 0 ? '"new"' : null },
          },
          sets: [
            {
              type: 'A' as const,
              before: old > 0 ? addresses(1, old) : null,
              after: fresh > 0 ? addresses(2, fresh) : null,
            },
          ],
        }));
        const updates = planUpdates(changes);
        let added = 0;
        for (const update of updates) {
          const octets = encodeUpdate(update);
          expect(octets.length).toBeLessThan(65_000);
          expect(decodeMessage(octets).sections[1]).toHaveLength(update.steps.length);
          added += update.steps.filter((step) => 'add' in step && step.type === 'A').length;
        }
        expect(added).toBe(sizes.reduce((sum, [, fresh]) => sum + fresh, 0));
      }),
      { numRuns: 15 },
    );
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instance } from '../../../src/model/instance.js';
import { sameInstance } from '../../../src/model/same.js';
import type { LiveSetState, SetChange } from '../../../src/client/discovery/change.js';
import { createChangeIterators } from '../../../src/client/discovery/change-iterators.js';
import { instance } from '../../model/instances.js';

/** Each weight of each id is one object, as a fold shares what does not change. */
const instances = new Map<string, Instance>();
function share(id: string, weight: number): Instance {
  const known = instances.get(`${id} ${weight}`) ?? instance({ id, weight, port: 8000 + Number(id) });
  instances.set(`${id} ${weight}`, known);
  return known;
}

/** A moment with these instances of `web`: weight by id. */
function moment(revision: number, weights: Readonly<Record<string, number>>): LiveSetState {
  const list = Object.entries(weights).map(([id, weight]) => share(id, weight));
  const service = { name: 'web', instances: list, expected: false };
  return { services: new Map(list.length === 0 ? [] : [['web', service]]), revision: String(revision) };
}

const instancesOf = ({ services }: LiveSetState): readonly Instance[] => services.get('web')?.instances ?? [];

/** What a list becomes by a change, which must fit it. */
function apply(before: readonly Instance[], { added, removed, updated }: SetChange): Instance[] {
  for (const gone of [...removed, ...updated.map((update) => update.before)]) expect(before).toContain(gone);
  const stays = before.filter((one) => !removed.includes(one) && !updated.some((update) => update.before === one));
  return [...stays, ...added, ...updated.map((update) => update.instance)].sort((a, b) => a.port - b.port);
}

function setUp() {
  let now = moment(1, {});
  const readers = createChangeIterators(() => now);
  let revision = 1;
  return {
    readers,
    now: () => now,
    become: (weights: Readonly<Record<string, number>>): void => {
      now = moment(++revision, weights);
      readers.wake();
    },
  };
}

it('tells a reader what it was too slow for as one change', async () => {
  const { readers, become } = setUp();
  const reader = readers.iterate();
  become({ 1: 1 });
  become({ 1: 1, 2: 1, 3: 1 });
  become({ 1: 5, 3: 1 });
  const told = await reader.next();
  expect(told.value).toMatchObject({
    added: [{ id: '1', weight: 5 }, { id: '3' }],
    removed: [],
    updated: [],
    revision: '4',
  });
  const waiting = reader.next();
  become({ 1: 5, 3: 1 });
  become({ 1: 6 });
  expect((await waiting).value).toMatchObject({
    added: [],
    removed: [{ id: '3' }],
    updated: [{ before: { weight: 5 }, instance: { weight: 6 }, fields: ['weight'] }],
  });
});

it('says nothing of what came and went between two questions', async () => {
  const { readers, become } = setUp();
  const reader = readers.iterate();
  become({ 1: 1 });
  become({});
  const waiting = reader.next();
  become({ 2: 1 });
  expect((await waiting).value).toMatchObject({ added: [{ id: '2' }], removed: [] });
});

it('answers questions that are asked at once one after another', async () => {
  const { readers, become } = setUp();
  const reader = readers.iterate();
  const [first, second] = [reader.next(), reader.next()];
  become({ 1: 1 });
  expect((await first).value).toMatchObject({ added: [{ id: '1' }] });
  become({});
  expect((await second).value).toMatchObject({ removed: [{ id: '1' }] });
});

it('lets go of a reader that leaves while it waits, and ends all at the end', async () => {
  const { readers, become } = setUp();
  const [leaving, staying, idle] = [readers.iterate(), readers.iterate(), readers.iterate()];
  const questions = [leaving.next(), staying.next()];
  await leaving.return?.();
  await expect(questions[0]).resolves.toEqual({ done: true, value: undefined });
  await expect(leaving.next()).resolves.toEqual({ done: true, value: undefined });
  become({ 1: 1 });
  expect((await questions[1])?.value).toMatchObject({ added: [{ id: '1' }] });
  const last = staying.next();
  readers.end();
  await expect(Promise.all([last, idle.next(), readers.iterate().next()])).resolves.toEqual(
    Array.from({ length: 3 }, () => ({ done: true, value: undefined })),
  );
});

it('leads every reader, however slow, from where it began to what is there', async () => {
  const weights = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.integer({ min: 1, max: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ weights, reads: fc.boolean(), begins: fc.boolean() })), async (steps) => {
      const { readers, now, become } = setUp();
      const known = new Map([[readers.iterate(), instancesOf(now())]]);
      for (const { weights: next, reads, begins } of steps) {
        if (begins) known.set(readers.iterate(), instancesOf(now()));
        become(next);
        for (const [reader, before] of known) {
          const differs = !isSame(before, instancesOf(now()));
          if (!reads || !differs) continue;
          const { value } = (await reader.next()) as { value: SetChange };
          known.set(reader, apply(before, value));
          expect(isSame(known.get(reader) ?? [], instancesOf(now()))).toBe(true);
        }
      }
    }),
  );
});

function isSame(a: readonly Instance[], b: readonly Instance[]): boolean {
  return a.length === b.length && a.every((one, at) => b[at] !== undefined && sameInstance(one, b[at]));
}

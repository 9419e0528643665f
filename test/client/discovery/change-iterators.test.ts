import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instance } from '../../../src/model/instance.js';
import { sameInstance } from '../../../src/model/same.js';
import type { LiveSetState, SetChange } from '../../../src/client/discovery/change.js';
import { createChangeIterators } from '../../../src/client/discovery/change-iterators.js';
import { instance } from '../../model/instances.js';

/** One object for each id and weight: a fold also keeps unchanged objects. */
const instances = new Map<string, Instance>();
function share(id: string, weight: number): Instance {
  const known = instances.get(`${id} ${weight}`) ?? instance({ id, weight, port: 8000 + Number(id) });
  instances.set(`${id} ${weight}`, known);
  return known;
}

/** A state with these instances of `web`: weight by id. */
function stateOf(revision: number, weights: Readonly<Record<string, number>>): LiveSetState {
  const list = Object.entries(weights).map(([id, weight]) => share(id, weight));
  const service = { name: 'web', instances: list, expected: false };
  return { services: new Map(list.length === 0 ? [] : [['web', service]]), revision: String(revision) };
}

const instancesOf = ({ services }: LiveSetState): readonly Instance[] => services.get('web')?.instances ?? [];

/** Applies a change to a list. The change must fit the list. */
function apply(before: readonly Instance[], { added, removed, updated }: SetChange): Instance[] {
  for (const gone of [...removed, ...updated.map((update) => update.before)]) expect(before).toContain(gone);
  const stays = before.filter((one) => !removed.includes(one) && !updated.some((update) => update.before === one));
  return [...stays, ...added, ...updated.map((update) => update.instance)].sort((a, b) => a.port - b.port);
}

function setUp() {
  let now = stateOf(1, {});
  const iterators = createChangeIterators(() => now);
  let revision = 1;
  return {
    iterators,
    now: () => now,
    setWeights: (weights: Readonly<Record<string, number>>): void => {
      now = stateOf(++revision, weights);
      iterators.wake();
    },
  };
}

it('merges the changes that an iterator was too slow for into one', async () => {
  const { iterators, setWeights } = setUp();
  const iterator = iterators.iterate();
  setWeights({ 1: 1 });
  setWeights({ 1: 1, 2: 1, 3: 1 });
  setWeights({ 1: 5, 3: 1 });
  const result = await iterator.next();
  expect(result.value).toMatchObject({
    added: [{ id: '1', weight: 5 }, { id: '3' }],
    removed: [],
    updated: [],
    revision: '4',
  });
  const waiting = iterator.next();
  setWeights({ 1: 5, 3: 1 });
  setWeights({ 1: 6 });
  expect((await waiting).value).toMatchObject({
    added: [],
    removed: [{ id: '3' }],
    updated: [{ before: { weight: 5 }, instance: { weight: 6 }, fields: ['weight'] }],
  });
});

it('yields nothing for an instance that came and went between two calls', async () => {
  const { iterators, setWeights } = setUp();
  const iterator = iterators.iterate();
  setWeights({ 1: 1 });
  setWeights({});
  const waiting = iterator.next();
  setWeights({ 2: 1 });
  expect((await waiting).value).toMatchObject({ added: [{ id: '2' }], removed: [] });
});

it('answers simultaneous calls one after another', async () => {
  const { iterators, setWeights } = setUp();
  const iterator = iterators.iterate();
  const [first, second] = [iterator.next(), iterator.next()];
  setWeights({ 1: 1 });
  expect((await first).value).toMatchObject({ added: [{ id: '1' }] });
  setWeights({});
  expect((await second).value).toMatchObject({ removed: [{ id: '1' }] });
});

it('releases an iterator that returns while it waits, and ends every iterator at the end', async () => {
  const { iterators, setWeights } = setUp();
  const [leaving, staying, idle] = [iterators.iterate(), iterators.iterate(), iterators.iterate()];
  const calls = [leaving.next(), staying.next()];
  await leaving.return?.();
  await expect(calls[0]).resolves.toEqual({ done: true, value: undefined });
  await expect(leaving.next()).resolves.toEqual({ done: true, value: undefined });
  setWeights({ 1: 1 });
  expect((await calls[1])?.value).toMatchObject({ added: [{ id: '1' }] });
  const last = staying.next();
  iterators.end();
  await expect(Promise.all([last, idle.next(), iterators.iterate().next()])).resolves.toEqual(
    Array.from({ length: 3 }, () => ({ done: true, value: undefined })),
  );
});

it('leads every iterator, however slow, from its first state to the current one', async () => {
  const weights = fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.integer({ min: 1, max: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ weights, reads: fc.boolean(), begins: fc.boolean() })), async (steps) => {
      const { iterators, now, setWeights } = setUp();
      const known = new Map([[iterators.iterate(), instancesOf(now())]]);
      for (const { weights: next, reads, begins } of steps) {
        if (begins) known.set(iterators.iterate(), instancesOf(now()));
        setWeights(next);
        for (const [iterator, before] of known) {
          const differs = !isSame(before, instancesOf(now()));
          if (!reads || !differs) continue;
          const { value } = (await iterator.next()) as { value: SetChange };
          known.set(iterator, apply(before, value));
          expect(isSame(known.get(iterator) ?? [], instancesOf(now()))).toBe(true);
        }
      }
    }),
  );
});

function isSame(a: readonly Instance[], b: readonly Instance[]): boolean {
  return a.length === b.length && a.every((one, at) => b[at] !== undefined && sameInstance(one, b[at]));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Registered } from '../../src/registrar/registered.js';
import { createRegistrar } from '../../src/registrar/registrar.js';
import { memoryLog } from '../support/log.js';
import { createStore, virtualClock, type Fate, type Store, type VirtualClock } from './store.js';

const ids = ['1', '2', '3'];
const keyOf = (id: string): string => `/services/web/${id}`;
const theirs = 'another writer’s';

/** One event. The keys that other writers leave behind are deleted at the end. */
type Step =
  | { readonly do: 'pass' | 'jump'; readonly ms: number }
  | { readonly do: 'fates'; readonly fates: readonly Fate[] }
  | { readonly do: 'wipe' | 'revoke' }
  | { readonly do: 'delete' | 'overwrite' | 'alter' | 'drain' | 'deregister'; readonly id: string }
  | { readonly do: 'update'; readonly id: string; readonly weight: number };

const id = fc.constantFrom(...ids);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 5000 }) }) },
  fc.record({ do: fc.constant('jump' as const), ms: fc.integer({ min: 100, max: 9000 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fates' as const),
      fates: fc.array(fc.constantFrom<Fate>('ok', 'refused', 'lost', 'late', 'slow'), { maxLength: 12 }),
    }),
  },
  fc.record({ do: fc.constantFrom('wipe' as const, 'revoke' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'overwrite' as const, 'alter' as const), id }),
  },
  fc.record({ do: fc.constant('drain' as const), id }),
  fc.record({ do: fc.constant('deregister' as const), id }),
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('update' as const), id, weight: fc.integer({ min: 1, max: 9 }) }),
  },
);

interface World {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly handles: Map<string, Registered>;
  fates: Fate[];
}

function perform(next: Step, world: World): Promise<void> | undefined {
  const { clock, store, handles } = world;
  const entry = 'id' in next ? store.entries().find(({ key }) => key === keyOf(next.id)) : undefined;
  switch (next.do) {
    case 'pass':
      return clock.pass(next.ms);
    case 'jump':
      return clock.jump(next.ms);
    case 'fates':
      world.fates = [...next.fates];
      return undefined;
    case 'wipe':
      store.wipe();
      return undefined;
    case 'revoke':
      for (const lease of store.leases()) store.revoke(lease);
      return undefined;
    case 'delete':
      store.remove(keyOf(next.id));
      return undefined;
    case 'overwrite':
      store.put(keyOf(next.id), theirs);
      return undefined;
    case 'alter':
      // As with `etcdctl put --ignore-lease`: the key stays on the lease, so the keys of the lease do not show the change.
      if (entry !== undefined && entry.value !== theirs) store.put(entry.key, 'altered', entry.lease);
      return undefined;
    case 'drain':
      void handles.get(next.id)?.drain().catch(ignore);
      return undefined;
    case 'deregister':
      void handles.get(next.id)?.deregister();
      return undefined;
    case 'update':
      void handles.get(next.id)?.update({ weight: next.weight }).catch(ignore);
      return undefined;
  }
}

function ignore(): void {
  // This test does not check whether a change was refused.
}

async function live(steps: readonly Step[], ttl: number): Promise<World & { readonly said: string[] }> {
  const clock = virtualClock();
  const world: World = {
    clock,
    store: createStore(clock, () => world.fates.shift() ?? 'ok'),
    handles: new Map(),
    fates: [],
  };
  let seed = 1;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const registrar = createRegistrar(world.store.etcd, { clock, random, log: memoryLog() });
  const said: string[] = [];
  for (const one of ids) {
    const registering = registrar.register({ service: 'web', id: one, address: '10.0.0.1', port: 80 }, { ttl });
    await clock.pass(10);
    const handle = await registering;
    handle.on('change', ({ state, before, reason }) => void said.push(`${one}: ${before ?? ''} ${state} ${reason}`));
    world.handles.set(one, handle);
  }
  for (const next of steps) await perform(next, world);
  // The faults end, and the other writers' keys go.
  world.fates = [];
  await clock.pass(2000);
  for (const { key, value } of world.store.entries()) if (value === theirs) world.store.remove(key);
  // Longer than any pause, and than the resync that finds an unreported change.
  await clock.pass(80_000);
  return { ...world, said };
}

/** The wait for a deletion ends with the TTL, and the call fails after that. */
const repliedTooLate: Step[] = [
  { do: 'fates', fates: ['slow'] },
  { do: 'drain', id: '1' },
  { do: 'deregister', id: '1' },
  { do: 'fates', fates: ['lost'] },
  { do: 'jump', ms: 1500 },
];

describe('a registrar', () => {
  it('ends with exactly its keys under one living lease, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(1000, 3000, 10_000), async (steps, ttl) => {
        const { store, handles, clock, said } = await live(steps, ttl);
        const staying = [...handles.values()].filter(({ state }) => state !== 'gone');
        const entries = store.entries();
        expect(entries.map(({ key }) => key).sort()).toEqual(staying.map(({ key }) => key).sort());
        for (const { key, registration, state } of staying) {
          const value = JSON.parse(entries.find((entry) => entry.key === key)?.value ?? '{}') as object;
          const { weight, status } = registration;
          expect(state, said.join('\n')).toBe(status === 'draining' ? 'draining' : 'registered');
          expect(value).toEqual({
            ...{ service: 'web', address: '10.0.0.1', port: 80 },
            ...(weight !== undefined && { weight }),
            ...(status === 'draining' && { status }),
          });
        }
        expect(new Set(entries.map(({ lease }) => lease)).size).toBeLessThanOrEqual(1);
        expect(store.leases()).toEqual(staying.length === 0 ? [] : [entries[0]?.lease]);
        // A key of another writer was never replaced.
        expect(store.replaced.filter(({ value }) => value === theirs)).toEqual([]);
        // No failure outlives the faults in a status.
        for (const handle of handles.values()) {
          const { state, reason, detail } = handle.last;
          const { registration, key } = handle;
          const { service, id } = registration;
          const status = handle.status();
          expect(status).toEqual({ key, service, id, state, since: status.since, reason, detail });
        }
        // Without faults, nothing is reported and nothing is written.
        const [revisions, words] = [entries.map(({ modRevision }) => modRevision), said.length];
        await clock.pass(130_000);
        expect(store.entries().map(({ modRevision }) => modRevision)).toEqual(revisions);
        expect(said).toHaveLength(words);
        await Promise.all(staying.map((handle) => handle.deregister()).concat(clock.pass(100)));
        expect(store.entries()).toEqual([]);
      }),
      { numRuns: 100, examples: [[repliedTooLate, 1000]] },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { createCauses } from '../../src/guard/causes.js';
import { createGuard } from '../../src/guard/guard.js';
import { reviveGuardState } from '../../src/guard/state.js';
import type { Instance, Service } from '../../src/model/instance.js';
import type { View } from '../../src/model/view.js';
import { instance } from '../model/instances.js';
import { createWorld, policy, range } from './world.js';

const raw = { name: 'settings', prefix: '/config/', format: 'raw' } as const;

describe('the guard of a target', () => {
  it('holds what an operator has not released, one service or all', () => {
    const world = createWorld();
    world.add('web', range(1, 5));
    world.add('api', range(11, 15));
    world.pass();
    world.wipe();
    world.pass();
    expect(world.release('web')).toBe(5);
    expect(world.release('web')).toBe(5);
    world.reload();
    expect(world.pass().ended.map(({ why }) => why)).toEqual(Array(5).fill('released'));
    expect([world.shown('web'), world.shown('api')]).toEqual(['gone', '11! 12! 13! 14! 15!']);
    expect(world.release()).toBe(5);
    world.pass();
    expect(world.holds).toEqual([]);
    expect(world.release()).toBe(0);
  });

  it('accepts with a release what had left before: the next departure is judged by itself', () => {
    const world = createWorld();
    world.add('web', range(1, 12));
    world.pass();
    world.remove('web', range(1, 6));
    world.pass();
    world.remove('web', [7]);
    world.pass();
    expect(world.shown('web')).toBe('7! 8 9 10 11 12');
    world.release();
    world.pass();
    world.remove('web', [8]);
    world.pass();
    expect(world.shown('web')).toBe('9 10 11 12');
  });

  it('a release does not cover what goes missing after it', () => {
    const world = createWorld();
    world.add('web', range(1, 5));
    world.add('api', range(11, 20));
    world.pass();
    world.remove('web', range(1, 5));
    world.pass();
    world.release();
    world.remove('api', range(11, 20));
    world.pass();
    expect([world.shown('web'), world.holds.length]).toEqual(['gone', 10]);
  });

  it('does not hold an address that another service registers', () => {
    const world = createWorld();
    world.add('web', range(1, 5));
    world.add('api', range(11, 14));
    world.pass();
    world.remove('web', range(1, 5));
    world.pass();
    world.add('api', [2]);
    expect(world.pass().ended).toMatchObject([{ why: 'taken', hold: { instance: { address: '10.0.0.2' } } }]);
    expect([world.shown('web'), world.shown('api')]).toEqual(['1! 3! 4! 5!', '2 11 12 13 14']);
  });

  it('keeps an address of two services for both, when they return one after the other', () => {
    const world = createWorld();
    for (const name of ['web', 'api', 'db']) world.add(name, range(1, 6));
    world.pass();
    world.wipe();
    world.pass();
    for (const number of range(1, 6)) {
      world.add('api', [number]);
      world.pass();
    }
    expect(world.shown('web')).toBe('1! 2! 3! 4! 5! 6!');
    expect(world.shown('api')).toBe('1 2 3 4 5 6');
  });

  it('does not take the return of one service for the end of another', () => {
    const world = createWorld();
    world.add('web', range(1, 6));
    world.add('api', range(1, 12));
    world.pass();
    world.remove('api', [1]);
    world.remove('web', range(1, 6));
    world.pass();
    expect([world.shown('web'), world.shown('api')]).toEqual(['1! 2! 3! 4! 5! 6!', '2 3 4 5 6 7 8 9 10 11 12']);
    world.add('api', [1]);
    world.pass();
    expect(world.shown('web')).toBe('1! 2! 3! 4! 5! 6!');
  });

  it('what returned before the outputs followed is no arrival, so it makes up for nothing', () => {
    const world = createWorld();
    world.add('web', range(1, 8));
    world.pass();
    world.remove('web', range(1, 4));
    world.pass();
    world.add('web', range(1, 4));
    for (let round = 0; round < 3; round += 1) world.pass({ isAccepted: false });
    world.remove('web', range(5, 8));
    world.pass({ isAccepted: false });
    world.remove('web', [4]);
    world.pass();
    expect(world.shown('web')).toBe('1 2 3 5! 6! 7! 8!');
  });

  it('what came a moment ago, left and returned is still new: it makes up for an old one', () => {
    const world = createWorld();
    world.add('web', range(1, 6));
    world.pass();
    world.wait(60_000);
    world.add('web', range(11, 14));
    world.pass();
    world.remove('web', [11]);
    world.pass();
    world.add('web', [11]);
    world.pass();
    world.remove('web', range(1, 6));
    world.pass();
    expect(world.shown('web')).toBe('11 12 13 14');
  });

  it('holds instances that came a moment ago, too', () => {
    const world = createWorld();
    world.pass();
    world.add('web', range(1, 6));
    world.pass();
    world.remove('web', range(1, 4));
    world.pass();
    expect(world.shown('web')).toBe('1! 2! 3! 4! 5 6');
  });

  it('does not take a crash loop for a loss', () => {
    const world = createWorld();
    world.add('web', range(1, 4));
    world.pass();
    for (const number of range(5, 60)) {
      world.add('web', [number]);
      world.pass();
      world.remove('web', [number - 1]);
      world.pass();
      expect(world.holds).toEqual([]);
    }
    world.wipe();
    world.pass();
    expect(world.shown('web')).toBe('1! 2! 3! 60!');
  });

  it('counts what came during a hold, however late', () => {
    const world = createWorld();
    world.add('web', range(1, 6));
    world.pass();
    world.remove('web', range(1, 6));
    world.pass();
    for (const number of range(11, 13)) {
      expect(world.shown('web')).toContain('1! 2! 3! 4! 5! 6!');
      world.wait(120_000);
      world.add('web', [number]);
      world.pass();
    }
    expect(world.shown('web')).toBe('11 12 13');
  });

  it('ends a hold when the config no longer selects it', () => {
    const world = createWorld();
    world.add('web', range(1, 5), { tags: ['old'] });
    world.pass();
    world.remove('web', range(1, 5));
    world.pass();
    world.useTarget({ select: { tags: ['new'] } });
    expect(world.pass().ended.map(({ why }) => why)).toEqual(Array(5).fill('unselected'));
    expect(world.shown('web')).toBe('gone');
  });

  it('applies an edited policy to what is held', () => {
    const world = createWorld();
    world.add('web', range(1, 5));
    world.pass();
    world.remove('web', range(1, 5));
    world.pass();
    world.wait(60_000);
    world.usePolicy({ ...policy, holdFor: 90_000 });
    expect(world.pass().againInMs).toBe(90_000 - 60_001);
    expect(world.holds[0]?.deadline).toBe((world.holds[0]?.since ?? 0) + 90_000);
    world.usePolicy({ ...policy, maxDropPercent: 100 });
    expect(world.pass().ended.map(({ why }) => why)).toEqual(Array(5).fill('no-rule'));
  });

  it('says when the target is guarded no more, also after a restart', () => {
    const world = createWorld();
    world.add('web', range(1, 5));
    world.pass();
    world.wipe();
    world.pass();
    world.restart(1000);
    world.usePolicy(undefined);
    const { ended, mustSave } = world.pass();
    expect([ended.map(({ why }) => why), mustSave]).toEqual([Array(5).fill('off'), true]);
    expect(world.pass()).toMatchObject({ ended: [], mustSave: false });
  });

  it('asks to save only when holds change', () => {
    const world = createWorld();
    world.add('web', range(1, 8));
    expect(world.pass().mustSave).toBe(false);
    world.remove('web', [1]);
    expect(world.pass().mustSave).toBe(false);
    world.remove('web', range(2, 8));
    expect(world.pass().mustSave).toBe(true);
    const { holds } = world.pass();
    expect(world.pass()).toMatchObject({ mustSave: false });
    expect(world.pass().holds).toBe(holds);
    world.add('web', [2]);
    expect(world.pass().mustSave).toBe(true);
  });

  it('keeps the identity of what is held, so that nothing is rendered again', () => {
    const world = createWorld({ sources: [{ name: 'services', prefix: '/services/' }, raw] });
    world.add('web', range(1, 5));
    world.add('api', range(11, 20));
    for (const key of ['a', 'b']) world.put(`/config/${key}`, key);
    world.pass();
    world.remove('web', range(1, 5));
    world.wipe('/config/');
    const first = world.pass().guarded.view;
    expect(world.pass().guarded.view).toBe(first);
    world.add('api', [21]);
    const next = world.pass().guarded.view;
    expect(next.services.find(({ name }) => name === 'web')).toBe(first.services.find(({ name }) => name === 'web'));
    expect(next.kv).toBe(first.kv);
    expect([next, next.services, next.kv, next.kv.pairs, next.kv.tree].every(Object.isFrozen)).toBe(true);
  });
});

describe('raw pairs', () => {
  it('stay at their place in the tree when the prefix of the source is edited', () => {
    const world = createWorld({ sources: [raw] });
    for (const key of ['a', 'b/c', 'b/d', 'e']) world.put(`/config/${key}`, key);
    world.put('/conf/b/c', 'new');
    world.pass();
    world.useSources([{ ...raw, prefix: '/conf/' }]);
    const { guarded } = world.pass();
    expect(guarded.view.kv.tree).toEqual({ settings: { a: 'a', b: { c: 'new', d: 'b/d' }, e: 'e' } });
    expect(world.shownPairs()).toEqual([
      '/conf/b/c=new',
      '/config/a=a!',
      '/config/b/c=b/c!',
      '/config/b/d=b/d!',
      '/config/e=e!',
    ]);
  });

  it('are held beside services when a source is no raw one any more', () => {
    const world = createWorld({ sources: [raw] });
    for (const key of ['a', 'b', 'c', 'd']) world.put(`/config/${key}`, key);
    world.pass();
    world.useSources([{ ...raw, format: 'plain' }]);
    const { guarded } = world.pass();
    expect([guarded.view.kv.tree, world.holds.map(({ cause }) => cause)]).toEqual([
      { settings: { a: 'a', b: 'b', c: 'c', d: 'd' } },
      ['rejected', 'rejected', 'rejected', 'rejected'],
    ]);
    world.restart(policy.holdFor);
    world.pass();
    expect(world.shownPairs()).toEqual([]);
  });
});

describe('restarts and clocks', () => {
  function holding(era?: string) {
    const world = createWorld(era === undefined ? {} : { era });
    world.add('web', range(1, 5));
    world.pass();
    world.wipe();
    world.pass();
    return world;
  }

  it('a restart continues the time of a hold', () => {
    const world = holding();
    world.wait(300_000);
    world.restart(100_000);
    expect(world.pass().againInMs).toBe(200_000 - 1);
    expect(world.shown('web')).toBe('1! 2! 3! 4! 5!');
  });

  it('a wall clock that is set forward within one boot ends nothing early', () => {
    const world = holding('boot-1');
    world.restart(1000);
    world.stepWall(86_400_000);
    world.reload();
    expect(world.pass().againInMs).toBe(599_000 - 1);
  });

  it('a wall clock that is set back again and again does not make a hold last for ever', () => {
    const world = holding();
    let rounds = 0;
    while (world.pass().holds.length > 0 && rounds < 100) {
      rounds += 1;
      world.wait(60_000);
      world.stepWall(-10_000_000);
      // The state of the time when it was last written is what a killed process leaves.
      if (world.pass().mustSave || rounds % 3 === 0) world.reload();
    }
    expect(rounds).toBe(10);
  });

  it('asks to write the state again after the wall clock went back', () => {
    const world = holding();
    world.stepWall(-1_000_000);
    const before = world.pass();
    expect(before.mustSave).toBe(false);
    world.restart(-500);
    expect(world.pass().mustSave).toBe(true);
    expect(world.pass().mustSave).toBe(false);
  });

  it('a process of another boot goes by the wall clock', () => {
    const world = holding('boot-1');
    world.restart(300_000, { era: 'boot-2' });
    expect(world.pass().againInMs).toBe(300_000 - 1);
  });

  it('writes nothing of a secret source', () => {
    const world = createWorld({ sources: [{ name: 'services', prefix: '/services/' }, raw] });
    world.add('web', range(1, 5));
    world.put('/config/token', 'hunter2');
    world.pass();
    world.wipe();
    world.pass();
    world.restart(1000, { isSecret: (source) => source === 'settings' });
    world.pass();
    expect([world.shown('web'), world.shownPairs()]).toEqual(['1! 2! 3! 4! 5!', []]);
  });

  it('refuses a state of another version, or a broken one', () => {
    const good = createGuard().save({ now: 1, wall: 2 });
    expect(reviveGuardState(JSON.parse(JSON.stringify(good)))).toEqual(good);
    for (const bad of [null, {}, { ...good, version: 2 }, { ...good, services: [{ name: 'web' }] }])
      expect(() => reviveGuardState(bad)).toThrow();
  });

  it('keeps every field of a held instance', () => {
    const metadata = Object.assign(Object.create(null) as Record<string, string>, { b: '1', 2: 'x' });
    Object.defineProperty(metadata, '__proto__', { value: 'own', enumerable: true });
    const only = instance({
      ...{ id: '9007199254740993', address: '2001:db8::1', family: 'ipv6', host: '[2001:db8::1]', weight: 0 },
      ...{
        tags: Object.freeze(['a', 'b']),
        metadata: Object.freeze(metadata),
        zone: 'z',
        version: '2',
        scheme: 'grpc',
      },
    });
    const rules = { ...policy, minInstances: 1 };
    const question = (before: View, services: readonly Service[]) => ({
      ...{ selection: { view: { ...before, services }, raw: [] }, accepted: { view: before, raw: [] }, policy: rules },
      causes: createCauses({ snapshot: { sources: [], stale: false }, sources: ['services'], listsBefore: undefined }),
      moment: { now: 0, wall: 0 },
    });
    const view = viewOf([service('web', [only])]);
    const guard = createGuard();
    const { holds } = guard.judge(question(view, []));
    const copy = createGuard(reviveGuardState(JSON.parse(JSON.stringify(guard.save({ now: 0, wall: 0 })))));
    const [restored] = copy.judge({ ...question(viewOf([]), []), accepted: undefined }).holds;
    expect(restored).toEqual(holds[0]);
    expect(restored).toMatchObject({ instance: { ...only, held: true } });
    const found = restored?.kind === 'instance' ? restored.instance : only;
    expect(Object.getPrototypeOf(found.metadata)).toBeNull();
    expect([found, found.tags, found.metadata].every(Object.isFrozen)).toBe(true);
  });
});

function service(name: string, instances: readonly Instance[]): Service {
  return Object.freeze({ name, instances: Object.freeze([...instances]), expected: false });
}

function viewOf(services: readonly Service[]): View {
  return { services, kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 'proxy' } };
}

describe('the cost', () => {
  /** Services that count how often their instances are read. */
  function counted(count: number) {
    const visited = new Set<string>();
    const make = (at: number, ports: readonly number[]): Service => {
      const name = `s${String(at).padStart(5, '0')}`;
      const instances = ports.map((port) => instance({ service: name, id: `i-${port}`, port }));
      return Object.defineProperty({ name, expected: false } as Service, 'instances', {
        get: () => {
          visited.add(name);
          return instances;
        },
      });
    };
    return { visited, make, services: range(0, count - 1).map((at) => make(at, [80, 81, 82])) };
  }

  const causes = createCauses({
    snapshot: { sources: [], stale: false },
    sources: ['services'],
    listsBefore: undefined,
  });
  const judgeWith = (guard: ReturnType<typeof createGuard>, accepted: View, selected: View, now: number) =>
    guard.judge({
      ...{ selection: { view: selected, raw: [] }, accepted: { view: accepted, raw: [] }, causes, policy },
      moment: { now, wall: now },
    });

  it.each([10, 10_000])('of a change to one service of %i: it reads that service alone', (count) => {
    const { visited, make, services } = counted(count);
    const guard = createGuard();
    const before = viewOf(services);
    judgeWith(guard, before, before, 0);
    visited.clear();
    let last = before;
    for (const [now, ports] of [
      [1, [80, 81]],
      [2, [80, 81, 83]],
      [3, [80, 84]],
    ] as const) {
      const next = viewOf(services.map((each, at) => (at === 5 ? make(5, ports) : each)));
      expect(judgeWith(guard, last, next, now).guarded.view).toBe(next);
      last = next;
    }
    expect([...visited]).toEqual(['s00005']);
  });

  it('with holds, it also reads the services that hold something', () => {
    const { visited, make, services } = counted(1000);
    const guard = createGuard();
    const before = viewOf([...services.slice(0, 999), make(999, range(1, 8))]);
    judgeWith(guard, before, before, 0);
    const lost = viewOf(services.slice(0, 999));
    const { guarded, holds } = judgeWith(guard, before, lost, 1);
    expect(holds).toHaveLength(8);
    visited.clear();
    const next = viewOf(lost.services.map((each, at) => (at === 5 ? make(5, [80]) : each)));
    judgeWith(guard, guarded.view, next, 2);
    expect([...visited]).toEqual(['s00005']);
  });

  it('forgets a service some time after its last change', () => {
    const world = createWorld();
    world.add('web', range(1, 8));
    world.add('api', [9]);
    world.pass();
    world.remove('web', [1]);
    world.pass();
    expect(world.state().services.map(({ name }) => name)).toEqual(['web']);
    world.wait(policy.window + 1);
    world.add('api', [10]);
    world.pass();
    expect(world.state().services.map(({ name }) => name)).toEqual(['api']);
  });
});

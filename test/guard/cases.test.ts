import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, policy, range, type World } from './world.js';

type Case = readonly [name: string, run: () => void];

/** A world in which these services have been served for a long time. */
function serving(services: Readonly<Record<string, readonly number[]>>, start: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(start);
  for (const [name, numbers] of Object.entries(services)) world.add(name, numbers);
  world.pass();
  world.wait(3_600_000);
  return world;
}

/** Everything is held until `holdFor` is over, and then it leaves. */
function expectHeldThenGone(world: World, service: string, held: string) {
  const last = world.pass();
  expect(world.shown(service)).toBe(held);
  world.wait((last.againInMs ?? 0) - 2);
  world.pass();
  expect(world.shown(service)).toBe(held);
  world.wait(1);
  expect(world.pass().ended.every(({ why }) => why === 'expired')).toBe(true);
  expect(world.shown(service)).toBe('gone');
  expect(world.holds).toEqual([]);
}

const held: Case[] = [
  [
    'all leases end at once',
    () => {
      const world = serving({ web: range(1, 10) });
      world.wipe();
      expectHeldThenGone(world, 'web', '1! 2! 3! 4! 5! 6! 7! 8! 9! 10!');
    },
  ],
  [
    'more than half of a service leaves within the window',
    () => {
      const world = serving({ web: range(1, 10), api: range(11, 40) });
      world.remove('web', range(1, 5));
      world.pass();
      expect(world.shown('web')).toBe('6 7 8 9 10');
      world.wait(20_000);
      world.remove('web', [6]);
      world.pass();
      expect(world.shown('web')).toBe('6! 7 8 9 10');
      expect(world.holds).toMatchObject([{ rule: 'service-share', cause: 'left' }]);
    },
  ],
  [
    'more than half of a target leaves, in small services',
    () => {
      const world = serving({ a: [1], b: [2], c: [3], d: [4, 5] });
      world.remove('a', [1]);
      world.remove('b', [2]);
      world.remove('c', [3]);
      world.pass();
      expect(['a', 'b', 'c', 'd'].map((name) => world.shown(name))).toEqual(['1!', '2!', '3!', '4 5']);
      expect(world.holds.map(({ rule }) => rule)).toEqual(['target-share', 'target-share', 'target-share']);
    },
  ],
  [
    'etcd restored empty',
    () => {
      const world = serving({ web: range(1, 6), api: [7], db: [8, 9] }, { target: { expect: ['api'] } });
      world.wipe();
      world.relist();
      world.pass();
      expect(['web', 'api', 'db'].map((name) => world.shown(name))).toEqual(['1! 2! 3! 4! 5! 6!', '7!', '8! 9!']);
      expect(new Set(world.holds.map(({ cause }) => cause))).toEqual(new Set(['listed']));
      world.wait(policy.holdFor);
      world.pass();
      expect(['web', 'api', 'db'].map((name) => world.shown(name))).toEqual(['gone', '', 'gone']);
    },
  ],
  [
    'etcd restored empty while rollcall does not run',
    () => {
      const world = serving({ web: range(1, 5) });
      world.restart(60_000);
      world.wipe();
      expectHeldThenGone(world, 'web', '1! 2! 3! 4! 5!');
    },
  ],
  [
    'a prefix deleted by hand',
    () => {
      const world = serving({ web: range(1, 5), api: range(6, 9) });
      world.wipe('/services/');
      world.pass();
      expect(world.holds).toHaveLength(9);
      expectHeldThenGone(world, 'api', '6! 7! 8! 9!');
    },
  ],
  [
    'a config edit with a wrong prefix',
    () => {
      const world = serving({ web: range(1, 4) });
      world.useSources([{ name: 'services', prefix: '/servcies/' }]);
      expectHeldThenGone(world, 'web', '1! 2! 3! 4!');
    },
  ],
  [
    'a bad writer turns every value to rubbish',
    () => {
      const world = serving({ web: range(1, 4), api: range(5, 9) });
      for (const number of range(1, 4)) world.put(`/services/web/${number}`, 'rubbish');
      world.pass();
      expect(new Set(world.holds.map(({ cause }) => cause))).toEqual(new Set(['rejected']));
      expectHeldThenGone(world, 'web', '1! 2! 3! 4!');
      expect(world.shown('api')).toBe('5 6 7 8 9');
    },
  ],
  [
    'the format of a source is decided anew',
    () => {
      const world = serving({ web: range(1, 4) });
      world.useSources([{ name: 'services', prefix: '/services/', format: 'plain' }]);
      world.pass();
      expect(new Set(world.holds.map(({ cause }) => cause))).toEqual(new Set(['rejected']));
      expectHeldThenGone(world, 'web', '1! 2! 3! 4!');
    },
  ],
  [
    'the keys of a raw source are deleted',
    () => {
      const world = createWorld({ sources: [{ name: 'settings', prefix: '/config/', format: 'raw' }] });
      for (const key of ['a', 'b/c', 'd', 'e']) world.put(`/config/${key}`, key);
      world.pass();
      world.wait(60_000);
      world.wipe('/config/');
      const { guarded } = world.pass();
      expect(world.shownPairs()).toEqual(['/config/a=a!', '/config/b/c=b/c!', '/config/d=d!', '/config/e=e!']);
      expect(guarded.view.kv.tree).toEqual({ settings: { a: 'a', b: { c: 'b/c' }, d: 'd', e: 'e' } });
      world.wait(policy.holdFor);
      world.pass();
      expect(world.shownPairs()).toEqual([]);
    },
  ],
  [
    'with `minInstances: 1`, a lone instance restarts elsewhere: it is held until its successor registers',
    () => {
      const world = serving({ web: [1], api: range(11, 20) }, { policy: { ...policy, minInstances: 1 } });
      world.remove('web', [1]);
      world.pass();
      expect(world.shown('web')).toBe('1!');
      expect(world.holds).toMatchObject([{ rule: 'min-instances' }]);
      world.wait(120_000);
      world.add('web', [2]);
      expect(world.pass().ended).toMatchObject([{ why: 'no-rule' }]);
      expect(world.shown('web')).toBe('2');
    },
  ],
];

const passed: Case[] = [
  [
    'half of a service leaves within the window',
    () => {
      const world = serving({ web: range(1, 10) });
      world.remove('web', range(1, 5));
      world.pass();
      expect(world.shown('web')).toBe('6 7 8 9 10');
    },
  ],
  [
    'a service of three leaves, beside others',
    () => {
      const world = serving({ web: range(1, 3), api: range(4, 8) });
      world.remove('web', range(1, 3));
      world.pass();
      expect(world.shown('web')).toBe('gone');
    },
  ],
  [
    'a lone instance is killed',
    () => {
      const world = serving({ web: [1] });
      world.remove('web', [1]);
      world.pass();
      expect(world.shown('web')).toBe('gone');
    },
  ],
  [
    'a lone instance restarts elsewhere',
    () => {
      const world = serving({ web: [1] });
      world.add('web', [2]);
      world.remove('web', [1]);
      world.pass();
      expect(world.shown('web')).toBe('2');
    },
  ],
  [
    'scale to zero after draining',
    () => {
      const world = serving({ web: range(1, 5) }, { policy: { ...policy, minInstances: 1 } });
      world.add('web', range(1, 5), { status: 'draining' });
      world.pass();
      world.remove('web', range(1, 5));
      world.pass();
      expect(world.shown('web')).toBe('gone');
      expect(world.holds).toEqual([]);
    },
  ],
  [
    'a rolling deploy: each new instance comes before an old one goes',
    () => {
      const world = serving({ web: range(1, 8) });
      for (const number of range(1, 8)) {
        world.add('web', [number + 100]);
        world.pass();
        world.remove('web', [number]);
        world.pass();
        expect(world.holds).toEqual([]);
        world.wait(1000);
      }
      expect(world.shown('web')).toBe('101 102 103 104 105 106 107 108');
    },
  ],
  [
    'a rolling deploy: each old instance goes before a new one comes',
    () => {
      const world = serving({ web: range(1, 8) });
      for (const number of range(1, 8)) {
        world.remove('web', [number]);
        world.pass();
        world.add('web', [number + 100]);
        world.pass();
        expect(world.holds).toEqual([]);
      }
      expect(world.shown('web')).toBe('101 102 103 104 105 106 107 108');
    },
  ],
  [
    'a blue-green switch: as many new ones come, later all old ones go',
    () => {
      const world = serving({ web: range(1, 6) });
      world.add('web', range(101, 106));
      world.pass();
      world.wait(300_000);
      world.remove('web', range(1, 6));
      world.pass();
      expect(world.shown('web')).toBe('101 102 103 104 105 106');
    },
  ],
  [
    'a blue-green switch to fewer instances, within the window',
    () => {
      const world = serving({ web: range(1, 6) });
      world.add('web', range(101, 104));
      world.pass();
      world.wait(10_000);
      world.remove('web', range(1, 6));
      world.pass();
      expect(world.shown('web')).toBe('101 102 103 104');
    },
  ],
  [
    'an orderly scale-down, a third in each window',
    () => {
      const world = serving({ web: range(1, 27) });
      for (const [from, to] of [
        [1, 9],
        [10, 15],
        [16, 19],
        [20, 22],
      ] as const) {
        world.remove('web', range(from, to));
        world.pass();
        expect(world.holds).toEqual([]);
        world.wait(policy.window + 1);
      }
      expect(world.shown('web')).toBe('23 24 25 26 27');
    },
  ],
  [
    'a node of forty services dies',
    () => {
      const names = range(1, 40).map((number) => `s${number}`);
      const world = serving(Object.fromEntries(names.map((name, at) => [name, range(at * 4 + 1, at * 4 + 3)])));
      for (const [at, name] of names.entries()) world.remove(name, [at * 4 + 1]);
      world.pass();
      expect(world.holds).toEqual([]);
      expect(world.selection.services.every(({ instances }) => instances.length === 2)).toBe(true);
    },
  ],
  [
    'the same address and port under another key',
    () => {
      const world = serving({ web: range(1, 4) });
      for (const number of range(1, 4)) {
        world.put(`/services/web/new-${number}`, JSON.stringify({ address: `10.0.0.${number}`, port: 80 }));
        world.remove('web', [number]);
      }
      world.pass();
      expect(world.shown('web')).toBe('1 2 3 4');
    },
  ],
  [
    'a config edit that selects less',
    () => {
      const world = createWorld();
      world.add('web', range(1, 5), { tags: ['old'] });
      world.add('web', [6], { tags: ['new'] });
      world.pass();
      world.useTarget({ select: { tags: ['new'] } });
      world.pass();
      expect(world.shown('web')).toBe('6');
    },
  ],
  [
    'a config edit that takes a source from the target',
    () => {
      const sources = [
        { name: 'services', prefix: '/services/' },
        { name: 'settings', prefix: '/config/', format: 'raw' },
      ] as const;
      const world = serving({ web: range(1, 5) }, { sources });
      world.put('/config/a', '1');
      world.pass();
      world.useTarget({ sources: ['settings'] });
      world.pass();
      expect(world.shown('web')).toBe('gone');
      world.useTarget({ sources: ['services'] });
      world.pass();
      expect([world.shown('web'), world.shownPairs()]).toEqual(['1 2 3 4 5', []]);
    },
  ],
  [
    'values that change so that the target does not select them',
    () => {
      const world = serving({ web: range(1, 5) }, { target: { select: { status: ['passing'] } } });
      world.add('web', range(1, 5), { status: 'critical' });
      world.pass();
      expect(world.shown('web')).toBe('gone');
    },
  ],
  [
    'the three keys of a raw source are deleted',
    () => {
      const world = createWorld({ sources: [{ name: 'settings', prefix: '/config/', format: 'raw' }] });
      for (const key of ['a', 'b', 'c']) world.put(`/config/${key}`, key);
      world.pass();
      world.wipe('/config/');
      world.pass();
      expect(world.shownPairs()).toEqual([]);
    },
  ],
  [
    'half of the keys of a raw source are deleted',
    () => {
      const world = createWorld({ sources: [{ name: 'settings', prefix: '/config/', format: 'raw' }] });
      for (const key of ['a', 'b', 'c', 'd']) world.put(`/config/${key}`, key);
      world.pass();
      world.put('/config/a', 'new');
      world.wipe('/config/b');
      world.wipe('/config/c');
      world.pass();
      expect(world.shownPairs()).toEqual(['/config/a=new', '/config/d=d']);
    },
  ],
  [
    'everything, with `guard: off`',
    () => {
      const world = serving({ web: range(1, 5) }, { policy: undefined });
      world.wipe();
      expect(world.pass().guarded.view).toBe(world.selection);
      expect(world.shown('web')).toBe('gone');
    },
  ],
];

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guard.md'), 'utf8');

/** The first cells of the rows of the table below a heading of docs/guard.md. */
function rowsBelow(heading: string): string[] {
  const [, section = ''] = page.split(`### ${heading}\n`);
  const [table = ''] = section.split(/^#/m);
  return [...table.matchAll(/^\| *(.*?) *\|/gm)].map(([, cell = '']) => cell).slice(2);
}

describe('the guard holds', () => {
  it.each(held)('%s', (_name, run) => {
    run();
  });

  it('what docs/guard.md says', () => {
    expect(rowsBelow('Held')).toEqual(held.map(([name]) => name));
  });
});

describe('the guard lets pass', () => {
  it.each(passed)('%s', (_name, run) => {
    run();
  });

  it('what docs/guard.md says', () => {
    expect(rowsBelow('Let pass')).toEqual(passed.map(([name]) => name));
  });
});

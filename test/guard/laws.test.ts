import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GuardedView } from '../../src/guard/compose.js';
import type { Verdict } from '../../src/guard/guard.js';
import type { Hold } from '../../src/guard/hold.js';
import { leastForShare, type GuardPolicy } from '../../src/guard/policy.js';
import type { Instance } from '../../src/model/instance.js';
import { sortInstances } from '../../src/model/order.js';
import type { View } from '../../src/model/view.js';
import {
  createHistoryWorld,
  histories,
  moves,
  services as allServices,
  showPass,
  take,
  type Step,
} from './histories.js';
import { createWorld, policy, range, type World } from './world.js';

const memberOf = ({ service, host, port }: Instance): string => `${service} ${host}:${port}`;
const instancesOf = ({ view }: GuardedView): Instance[] => view.services.flatMap(({ instances }) => instances);

/** Runs a history and looks at every pass. */
function watch(
  steps: readonly Step[],
  look: (verdict: Verdict, world: World, step: { readonly policy: GuardPolicy | undefined }) => void,
) {
  const world = createHistoryWorld();
  let current: GuardPolicy | undefined = policy;
  for (const step of steps) {
    if (step.do === 'policy') current = step.policy;
    if (step.do === 'pass') look(world.pass({ isAccepted: step.isAccepted }), world, { policy: current });
    else take(world, step);
  }
}

/** What each pass of a history shows. `around` may do more in each. */
function traceOf(steps: readonly Step[], world: World, before: (world: World) => void = () => undefined): unknown[] {
  return steps.flatMap((step) => {
    if (step.do !== 'pass') {
      take(world, step);
      return [];
    }
    before(world);
    return [showPass(world, step.isAccepted)];
  });
}

/** Of each law. */
const runs = 60;

const law = (check: (steps: readonly Step[]) => void) => () => {
  fc.assert(fc.property(histories, check), { numRuns: runs });
};

describe('laws of the guard, over random histories', () => {
  it(
    'it never invents: what is held was in an accepted view, as it was registered',
    law((steps) => {
      const served = new Map<string, Instance[]>();
      const pairs = new Map<string, Set<string>>();
      watch(steps, ({ guarded, holds }, world) => {
        for (const hold of holds) {
          if (hold.kind === 'pair') {
            expect(pairs.get(hold.pair.key)).toContain(hold.pair.value);
            continue;
          }
          const known = served.get(memberOf(hold.instance)) ?? [];
          expect(known.map((each) => ({ ...each, held: true }))).toContainEqual(hold.instance);
        }
        const held = new Set(holds.map((hold) => (hold.kind === 'instance' ? hold.instance : hold.pair)));
        for (const instance of instancesOf(guarded)) expect(instance.held).toBe(held.has(instance));
        for (const instance of instancesOf(world.accepted ?? guarded))
          served.set(memberOf(instance), [...(served.get(memberOf(instance)) ?? []), instance]);
        for (const { key, value } of world.accepted?.view.kv.pairs ?? [])
          pairs.set(key, new Set([...(pairs.get(key) ?? []), value]));
      });
    }),
  );

  it(
    'additions and updates always flow: the selection is in the view, and every list is sorted',
    law((steps) => {
      watch(steps, ({ guarded, holds }, { selection }) => {
        for (const { name, instances, expected } of selection.services) {
          const service = guarded.view.services.find((each) => each.name === name);
          expect(service?.expected).toBe(expected);
          for (const instance of instances) expect(service?.instances).toContain(instance);
        }
        for (const pair of selection.kv.pairs) expect(guarded.view.kv.pairs).toContain(pair);
        const heldPairs = holds.filter(({ kind }) => kind === 'pair').length;
        expect(guarded.view.kv.pairs).toHaveLength(selection.kv.pairs.length + heldPairs);
        const selected = selection.services.reduce((sum, { instances }) => sum + instances.length, 0);
        expect(instancesOf(guarded)).toHaveLength(selected + holds.length - heldPairs);
        for (const { instances } of guarded.view.services) expect(instances).toEqual(sortInstances(instances));
        const names = guarded.view.services.map(({ name }) => name);
        expect(names).toEqual([...new Set(names)].sort());
        const keys = guarded.view.kv.pairs.map(({ key }) => key);
        expect(keys).toEqual([...new Set(keys)].sort());
      });
    }),
  );

  it(
    'without holds, the view is the selection itself; so is it without a policy',
    law((steps) => {
      watch(steps, ({ guarded, holds }, { selection }, { policy: current }) => {
        if (current === undefined) expect(holds).toEqual([]);
        if (holds.length === 0) expect(guarded.view).toBe(selection);
        else expect(guarded.view).not.toBe(selection);
      });
    }),
  );

  it('a restart changes nothing, at whatever moment, whatever the wall clock does', () => {
    const jump = fc.integer({ min: -900_000, max: 900_000 });
    fc.assert(
      fc.property(histories, fc.array(jump, { minLength: 1 }), (history, jumps) => {
        let at = 0;
        const restarted = createHistoryWorld({ era: 'boot-1' });
        const trace = traceOf(history, restarted, (world) => {
          world.stepWall(jumps[at++ % jumps.length] ?? 0);
          world.reload();
        });
        expect(trace).toEqual(traceOf(history, createHistoryWorld()));
      }),
      { numRuns: runs },
    );
  });

  it(
    'a restart changes nothing when only the wall clock tells the time',
    law((steps) => {
      const restarted = traceOf(steps, createHistoryWorld(), (world) => {
        world.reload();
      });
      expect(restarted).toEqual(traceOf(steps, createHistoryWorld()));
    }),
  );

  it(
    'the incremental result is the whole one: it does not matter whether identity tells what has changed',
    law((steps) => {
      expect(traceOf(steps, createHistoryWorld({ isCopying: true }))).toEqual(traceOf(steps, createHistoryWorld()));
    }),
  );

  it('it decides by the numbers of instances as it does by reading everything', () => {
    const check = (steps: readonly Step[]): void => {
      expect(traceOf(steps, createHistoryWorld())).toEqual(traceOf(steps, createHistoryWorld({ isInFull: true })));
    };
    fc.assert(fc.property(fc.oneof(moves, histories), check), { numRuns: 20 * runs });
  });

  it(
    'judging the same again changes nothing',
    law((steps) => {
      const again = traceOf(steps, createHistoryWorld(), (world) => {
        world.pass({ isAccepted: false });
        world.wait(-1);
      });
      const strip = (trace: unknown[]) => trace.map((each) => ({ ...(each as object), began: 0, ended: [] }));
      expect(strip(again)).toEqual(strip(traceOf(steps, createHistoryWorld())));
    }),
  );

  it(
    'after a release nothing is held',
    law((steps) => {
      const world = createHistoryWorld();
      traceOf(steps, world);
      const count = world.holds.length;
      expect(world.release()).toBe(count);
      const { ended, holds } = world.pass();
      expect(holds).toEqual([]);
      expect(ended).toHaveLength(count);
    }),
  );

  it(
    'holds end after `holdFor`, by the monotonic clock alone',
    law((steps) => {
      const first = new Map<string, number>();
      watch(steps, ({ holds, againInMs }, { now }, { policy: current }) => {
        const names = holds.map(nameOf);
        for (const name of first.keys()) if (!names.includes(name)) first.delete(name);
        for (const name of names) {
          const since = first.get(name) ?? now;
          first.set(name, since);
          expect(now - since).toBeLessThan(current?.holdFor ?? 0);
        }
        const oldest = Math.min(...first.values());
        expect(againInMs).toBe(holds.length === 0 ? undefined : oldest + (current?.holdFor ?? 0) - now);
      });
    }),
  );

  it(
    'nothing is held without a rule: within the window, the number has fallen by more than the share',
    law((steps) => {
      const sizes: { readonly at: number; readonly group: string; readonly size: number }[] = [];
      const first = new Map<string, number>();
      let before: View | undefined;
      watch(steps, ({ guarded, holds }, { now, selection, accepted }, { policy: current }) => {
        if (before) noteSizes(sizes, now, before);
        const names = holds.map(nameOf);
        for (const name of first.keys()) if (!names.includes(name)) first.delete(name);
        for (const name of names) first.set(name, first.get(name) ?? now);
        for (const hold of holds) {
          if (!current) throw new Error('held without a policy');
          const group = hold.kind === 'pair' ? 'settings' : hold.rule === 'target-share' ? '' : hold.instance.service;
          const present = sizeOf(selection, group);
          if (hold.rule === 'min-instances') {
            expect(present).toBeLessThan(current.minInstances);
            continue;
          }
          const members = holds.filter(
            (each) => group === '' || (each.kind === 'pair' ? 'settings' : each.instance.service) === group,
          );
          const from = Math.min(...members.map((each) => first.get(nameOf(each)) ?? now)) - current.window;
          const recent = sizes.filter((each) => each.group === group && each.at >= from);
          const highest = Math.max(...recent.map(({ size }) => size));
          if (hold.rule !== 'source-share') expect(highest).toBeGreaterThanOrEqual(leastForShare);
          expect((highest - present) * 100).toBeGreaterThan(current.maxDropPercent * highest);
        }
        noteSizes(sizes, now, guarded.view);
        before = accepted?.view;
      });
    }),
  );
});

const nameOf = (hold: Hold): string => (hold.kind === 'instance' ? memberOf(hold.instance) : hold.pair.key);

/** The number of the instances of a service, or of the target (`''`), or of the pairs (`settings`). */
function sizeOf({ services, kv }: View, group: string): number {
  if (group === 'settings') return kv.pairs.length;
  return services.reduce(
    (sum, { name, instances }) => sum + (group === '' || name === group ? instances.length : 0),
    0,
  );
}

function noteSizes(sizes: { at: number; group: string; size: number }[], at: number, view: View): void {
  for (const group of ['', ...allServices, 'settings']) sizes.push({ at, group, size: sizeOf(view, group) });
}

describe('one moment, after long quiet', () => {
  it('is held exactly when it is more than the share of a service or of the target', () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 1,
      maxLength: 5,
    });
    const limits = fc.record({ maxDropPercent: fc.integer({ min: 0, max: 100 }), minInstances: fc.nat(3) });
    fc.assert(
      fc.property(sizes, limits, fc.boolean(), (services, limit, isListed) => {
        const world = createWorld({ policy: { ...policy, ...limit } });
        const all = services.map(([size, removed], at) => ({
          name: `s${at}`,
          size,
          removed: Math.min(size, removed),
          numbers: range(at * 10 + 1, at * 10 + size),
        }));
        for (const { name, numbers } of all) world.add(name, numbers);
        world.pass();
        world.wait(3_600_000);
        for (const { name, removed, numbers } of all) world.remove(name, numbers.slice(0, removed));
        if (isListed) world.relist();
        const { holds } = world.pass();
        const isTooMuch = (lost: number, of: number) => of >= 4 && lost * 100 > limit.maxDropPercent * of;
        const sum = (of: 'size' | 'removed') => all.reduce((total, each) => total + each[of], 0);
        const isTarget = isTooMuch(sum('removed'), sum('size'));
        const expected = all.map(({ size, removed }) => {
          const isBelow = removed > 0 && size - removed < limit.minInstances;
          return isTarget || isBelow || isTooMuch(removed, size) ? removed : 0;
        });
        const found = all.map(
          ({ name }) => holds.filter((hold) => hold.kind === 'instance' && hold.instance.service === name).length,
        );
        expect(found).toEqual(expected);
      }),
    );
  });
});

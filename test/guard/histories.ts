import fc from 'fast-check';
import type { GuardPolicy } from '../../src/guard/policy.js';
import { createWorld, policy, type World, type WorldSource } from './world.js';

/** One step of a history. */
export type Step =
  | { readonly do: 'add' | 'remove' | 'spoil'; readonly service: string; readonly numbers: readonly number[] }
  | { readonly do: 'drain'; readonly service: string; readonly numbers: readonly number[] }
  | { readonly do: 'wipe'; readonly prefix: string }
  | { readonly do: 'set' | 'unset'; readonly keys: readonly string[] }
  | { readonly do: 'relist' | 'reload' }
  | { readonly do: 'wait' | 'step'; readonly ms: number }
  | { readonly do: 'pass'; readonly isAccepted: boolean }
  | { readonly do: 'select'; readonly services: readonly string[] | undefined }
  | { readonly do: 'prefix'; readonly prefix: string }
  | { readonly do: 'policy'; readonly policy: GuardPolicy | undefined }
  | { readonly do: 'release'; readonly service: string | undefined };

export const services = ['web', 'api', 'db'];

const service = fc.constantFrom(...services);
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 8 });
const keys = fc.uniqueArray(fc.constantFrom('a', 'b/c', 'b/d', 'e'), { minLength: 1 });

const policies = fc.record({
  maxDropPercent: fc.constantFrom(0, 25, 50, 75, 100),
  window: fc.constantFrom(1000, 30_000),
  holdFor: fc.constantFrom(0, 20_000, 600_000),
  minInstances: fc.constantFrom(0, 1, 2),
});

const pass: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('pass' as const),
  isAccepted: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
});

const changes: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'remove' as const), service, numbers }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('spoil' as const, 'drain' as const), service, numbers }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wipe' as const), prefix: fc.constantFrom('/services/', '') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('set' as const, 'unset' as const), keys }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('relist' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 9000, 31_000, 700_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('select' as const),
      services: fc.constantFrom(undefined, ['web'], ['web', 'db']),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('prefix' as const), prefix: fc.constantFrom('/services/', '/other/') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('policy' as const), policy: fc.option(policies, { nil: undefined }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('release' as const), service: fc.option(service, { nil: undefined }) }),
  },
);

/** What always begins with services that are served. */
const beginning: readonly Step[] = [
  { do: 'add', service: 'web', numbers: [1, 2, 3, 4, 5, 6] },
  { do: 'add', service: 'api', numbers: [7, 8] },
  { do: 'set', keys: ['a', 'b/c', 'e'] },
  { do: 'pass', isAccepted: true },
];

/** A history that ends with a pass. */
export const histories: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 3, arbitrary: changes }, { weight: 2, arbitrary: pass }), { maxLength: 40 })
  .map((steps) => [...beginning, ...steps, { do: 'pass', isAccepted: true }]);

const few = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 });

/** A history in which few instances come or go at a time, and a pass follows each time: near the limits of the rules. */
export const moves: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof<fc.WeightedArbitrary<Step>[]>(
      {
        weight: 9,
        arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'remove' as const), service, numbers: few }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(500, 9000, 31_000) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), service: fc.constant(undefined) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const) }) },
    ),
    { maxLength: 30 },
  )
  .map((steps) => [...beginning, ...steps.flatMap((step): Step[] => [step, { do: 'pass', isAccepted: true }])]);

export function createHistoryWorld(over: Parameters<typeof createWorld>[0] = {}): World {
  return createWorld({ sources: sourcesAt('/services/'), target: { expect: ['api'] }, policy, ...over });
}

function sourcesAt(prefix: string): readonly WorldSource[] {
  return [
    { name: 'services', prefix },
    { name: 'settings', prefix: '/config/', format: 'raw' },
  ];
}

/** Makes one step. Passes are made by the caller. */
export function take(world: World, step: Exclude<Step, { readonly do: 'pass' }>): void {
  switch (step.do) {
    case 'add':
      world.add(step.service, step.numbers);
      break;
    case 'drain':
      world.add(step.service, step.numbers, { status: 'draining' });
      break;
    case 'spoil':
      for (const number of step.numbers) world.put(`/services/${step.service}/${number}`, 'rubbish');
      break;
    case 'remove':
      world.remove(step.service, step.numbers);
      break;
    case 'wipe':
      world.wipe(step.prefix);
      break;
    case 'set':
      for (const key of step.keys) world.put(`/config/${key}`, `${key}-value`);
      break;
    case 'unset':
      for (const key of step.keys) world.wipe(`/config/${key}`);
      break;
    case 'relist':
      world.relist();
      break;
    case 'reload':
      world.reload();
      break;
    case 'wait':
      world.wait(step.ms);
      break;
    case 'step':
      world.stepWall(step.ms);
      break;
    case 'select':
      world.useTarget({ expect: ['api'], ...(step.services && { select: { services: step.services } }) });
      break;
    case 'prefix':
      world.useSources(sourcesAt(step.prefix));
      break;
    case 'policy':
      world.usePolicy(step.policy);
      break;
    case 'release':
      world.release(step.service);
      break;
  }
}

/** What a pass shows to the outside. */
export function showPass(world: World, isAccepted = true, after = 1): unknown {
  const { guarded, holds, began, ended, againInMs } = world.pass({ isAccepted, after });
  const names = guarded.view.services.map(({ name }) => name);
  return {
    now: world.now,
    services: names.map((name) => `${name}: ${world.shown(name)}`),
    pairs: world.shownPairs(),
    tree: guarded.view.kv.tree,
    holds: holds.map((hold) => {
      const item = hold.kind === 'instance' ? `${hold.instance.service} ${hold.instance.key}` : hold.pair.key;
      return `${item}: ${hold.cause}, ${hold.rule}`;
    }),
    began: began.length,
    ended: ended.map(({ why }) => why),
    againInMs,
  };
}

import { describe, expect, it } from 'vitest';
import { isHarmless } from '../../src/guard/harmless.js';
import { createMemory } from '../../src/guard/memory.js';
import { judgeServices, type ServicesInput } from '../../src/guard/services.js';
import type { Causes } from '../../src/guard/causes.js';
import type { Instance, Service } from '../../src/model/instance.js';
import { policy } from './world.js';

const causes: Causes = { ofInstance: () => 'left', ofPair: () => 'left' };

function services(sizes: Readonly<Record<string, readonly number[]>>): readonly Service[] {
  return Object.entries(sizes).map(([name, ports]) => ({
    name,
    expected: false,
    instances: ports.map(
      (port) => ({ service: name, host: '192.0.2.1', port, source: 's', key: `/${name}/${port}` }) as Instance,
    ),
  }));
}

/** The answer for a change of what was judged and accepted once. */
function ask(before: Parameters<typeof services>[0], after: Parameters<typeof services>[0], over = {}): boolean {
  const { services: memory } = createMemory();
  const accepted = services(before);
  const rules = { ...policy, ...over };
  judgeServices(memory, { accepted, selected: accepted, causes, policy: rules, now: 0, wall: 0 });
  return isHarmless(memory, { accepted, selected: services(after), policy: rules });
}

describe('the numbers of instances show that nothing is held', () => {
  it.each([
    ['when an instance comes', { web: [1, 2, 3, 4] }, { web: [1, 2, 3, 4, 5] }],
    ['when an instance has another port', { web: [1, 2, 3, 4] }, { web: [1, 2, 3, 5] }],
    ['when half of a service leaves', { web: [1, 2, 3, 4] }, { web: [1, 2] }],
    ['when one of few leaves', { web: [1, 2, 3] }, { web: [] }],
    ['when a service comes', { web: [1] }, { api: [1, 2, 3, 4], web: [1] }],
  ])('%s', (_title, before, after) => {
    expect(ask(before, after)).toBe(true);
  });

  it.each([
    ['when most of a service leaves', { web: [1, 2, 3, 4] }, { web: [1] }, {}],
    ['when a service leaves', { api: [1, 2, 3, 4, 5], web: [1, 2, 3, 4] }, { api: [1, 2, 3, 4, 5] }, {}],
    [
      'when most of the target leaves, by few of each service',
      { a: [1, 2], b: [1, 2], c: [1] },
      { a: [1], b: [], c: [1] },
      {},
    ],
    ['below the least number', { web: [1, 2, 3, 4] }, { web: [1, 2, 3] }, { minInstances: 4 }],
  ])('but not %s', (_title, before, after, over) => {
    expect(ask(before, after, over)).toBe(false);
  });

  it('but not at the first judgement, and not after a fall within the window', () => {
    const { services: memory } = createMemory();
    const [four, three, two, one] = [[1, 2, 3, 4], [1, 2, 3], [1, 2], [1]].map((web) => services({ web }));
    const judge = (accepted = four, selected = four, now = 0) => {
      judgeServices(memory, { accepted: accepted ?? [], selected: selected ?? [], causes, policy, now, wall: now });
    };
    const input = (accepted = four, selected = four) => ({
      accepted: accepted ?? [],
      selected: selected ?? [],
      policy,
    });
    expect(isHarmless(memory, input())).toBe(false);
    judge();
    expect(isHarmless(memory, input(four, three))).toBe(true);
    judge(four, three, 1);
    judge(three, two, 2);
    expect(isHarmless(memory, input(two, one))).toBe(false);
  });

  it('but not after small services have gone within the window, until more than half of the target is gone', () => {
    const { services: memory } = createMemory();
    const [all, less, least] = [
      services({ a: [1, 2], b: [1, 2], c: [1, 2] }),
      services({ b: [1, 2], c: [1, 2] }),
      services({ c: [1, 2] }),
    ];
    const common = { causes, policy, wall: 0 };
    judgeServices(memory, { accepted: all, selected: all, now: 0, ...common });
    expect(isHarmless(memory, { accepted: all, selected: less, policy })).toBe(true);
    judgeServices(memory, { accepted: all, selected: less, now: 1, ...common });
    expect(isHarmless(memory, { accepted: less, selected: least, policy })).toBe(false);
  });
});

describe('the first judgement of a new target', () => {
  const judge = (memory: ReturnType<typeof createMemory>['services'], over: Partial<ServicesInput>) =>
    judgeServices(memory, { accepted: undefined, selected: [], causes, policy, now: 0, wall: 0, ...over });

  it('visits no service, and knows the size of the target', () => {
    const { services: memory } = createMemory();
    const selected = services({ api: [1], web: [1, 2, 3, 4] });
    expect(judge(memory, { selected })).toEqual([]);
    expect(memory.size).toBe(5);
    expect(memory.groups.size).toBe(0);
    expect(memory.total.largest()).toBe(5);
  });

  it('lets the second one hold what is then missing', () => {
    const { services: memory } = createMemory();
    const accepted = services({ api: [1], web: [1, 2, 3, 4] });
    judge(memory, { selected: accepted });
    judge(memory, { accepted, selected: services({ api: [1], web: [] }), now: 1 });
    expect([...memory.holding]).toEqual(['web']);
    expect(memory.groups.get('web')?.holds.size).toBe(4);
  });
});

import { describe, expect, it } from 'vitest';
import { goalsOf, isMet, sentenceOf } from '../../bench/report/goals.mjs';
import type { Figures } from '../../bench/report/records.mjs';

const contender = (name: string, instances: number, figures: object): Figures => ({
  ...{ part: 'contenders', name, title: name, size: instances, instances, medium: 'tmpfs', run: 1 },
  ...figures,
});

/** Whether each goal is met, by its text. */
function judge(records: readonly Figures[]): Record<string, boolean> {
  return Object.fromEntries(goalsOf(records).map((goal) => [goal.text, isMet(goal)]));
}

describe('the goals of the contenders', () => {
  const limit = (n: number) => contender('limit', n, { p50Ms: 2, coldMs: 30, rssMb: 17 });
  const floor = (n: number) => contender('floor', n, { p50Ms: 3, coldMs: 200, rssMb: 50 });
  const ours = (n: number, figures: object) =>
    contender('rollcall', n, { p50Ms: 3, coldMs: 200, rssMb: 60, ...figures });

  it.each([
    [1000, { p50Ms: 3 }, { p50Ms: 3.1 }],
    [10_000, { p50Ms: 2.6 }, { p50Ms: 2.7 }],
    [50_000, { p50Ms: 2.6 }, { p50Ms: 2.7 }],
  ])('compare put to file with the limit at %d instances', (n, good, bad) => {
    const text = `${n.toLocaleString('en-US')} instances on tmpfs: put to file p50 relative to limit`;
    expect(judge([limit(n), ours(n, good)])).toEqual({ [text]: true });
    expect(judge([limit(n), ours(n, bad)])).toEqual({ [text]: false });
  });

  it('compare cold start and memory with bare Node', () => {
    expect(judge([floor(10_000), ours(10_000, { coldMs: 250, rssMb: 60 })])).toEqual({
      '10,000 instances on tmpfs: cold start relative to floor': true,
      '10,000 instances on tmpfs: memory relative to floor': true,
    });
    expect(judge([floor(10_000), ours(10_000, { coldMs: 251, rssMb: 61 })])).toEqual({
      '10,000 instances on tmpfs: cold start relative to floor': false,
      '10,000 instances on tmpfs: memory relative to floor': false,
    });
    expect(judge([floor(50_000), ours(50_000, { coldMs: 201 })])).toEqual({
      '50,000 instances on tmpfs: cold start relative to floor': false,
    });
    expect(judge([floor(1000), ours(1000, { rssMb: 66 })])).toEqual({
      '1,000 instances on tmpfs: memory relative to floor': false,
    });
  });

  it('are not met by a run that was never complete', () => {
    const broken = contender('rollcall', 50_000, { error: 'no config' });
    expect(Object.values(judge([floor(50_000), limit(50_000), broken]))).toEqual([false, false]);
  });

  it('are not judged on a disk, at other sizes, or without the other contender', () => {
    const disk = [limit(1000), ours(1000, {})].map((record) => ({ ...record, medium: 'disk' }));
    expect(goalsOf([...disk, limit(2000), ours(2000, {}), ours(50_000, {})])).toEqual([]);
  });

  it('bound the storm, which only the last run has', () => {
    const text = '10,000 instances on tmpfs: storm';
    const runs = (stormMs: number | undefined) => [
      ours(10_000, {}),
      ours(10_000, { run: 2, stormMs, stormReloads: 2 }),
    ];
    expect(judge(runs(150))).toEqual({ [text]: true });
    expect(judge(runs(151))).toEqual({ [text]: false });
    expect(judge(runs(undefined))).toEqual({ [text]: false });
  });
});

describe('the goals of many files and targets', () => {
  const records = (part: string, figures: object): Figures[] => [
    { part, name: 'one', size: 300, run: 1, p50Ms: 4, cpuMs: 4, coldMs: 300 },
    { part, name: 'all', size: 300, run: 1, p50Ms: 8, cpuMs: 10, coldMs: 1000, ...figures },
  ];

  it.each([
    ['fan-out', 'files'],
    ['targets', 'targets'],
  ])('compare %s with one', (part, unit) => {
    expect(Object.values(judge(records(part, {})))).toEqual([true, true]);
    expect(judge(records(part, { p50Ms: 8.1, cpuMs: 10.1 }))).toEqual({
      [`300 ${unit}: put to file p50 relative to one`]: false,
      [`300 ${unit}: CPU per put relative to one`]: false,
    });
  });

  it("compare the cold start of files with bare Node's writes", () => {
    const bare = { part: 'fan-out', name: 'bare', size: 300, run: 1, coldMs: 500 };
    const text = "300 files: cold start relative to bare Node's writes";
    expect(judge([...records('fan-out', {}), bare])).toMatchObject({ [text]: true });
    expect(judge([...records('fan-out', { coldMs: 1001 }), bare])).toMatchObject({ [text]: false });
  });
});

describe('the goals of an idle process', () => {
  const idle = (cpuMsPerSecond: number, duringMs: number): Figures[] => {
    const common = { part: 'idle', size: 300, instances: 50_000, run: 1 };
    return [
      { ...common, name: 'idle', cpuMsPerSecond },
      { ...common, name: 'during', p99Ms: duringMs },
      { ...common, name: 'between', p99Ms: 10 },
    ];
  };
  const title = '50,000 instances, 300 targets';

  it('bound its CPU, and the delay that a resync adds', () => {
    expect(judge(idle(5, 30))).toEqual({
      [`${title}: idle CPU per second`]: true,
      [`${title}: delay by a resync at p99`]: true,
    });
    expect(Object.values(judge(idle(5.1, 30.1)))).toEqual([false, false]);
  });
});

it('says the figure with its spread, and whether the goal is met', () => {
  const pair = (run: number, ours: number) => [
    { ...contender('limit', 1000, { p50Ms: 2 }), run },
    { ...contender('rollcall', 1000, { p50Ms: ours }), run },
  ];
  const [goal] = goalsOf([...pair(1, 2.4), ...pair(2, 2.8), ...pair(3, 4)]);
  expect(goal && sentenceOf(goal)).toBe(
    'met      1,000 instances on tmpfs: put to file p50 relative to limit: 1.40x (1.20x to 2.00x), at most 1.5x',
  );
});

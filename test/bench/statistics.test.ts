import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, percentile, summarize } from '../../bench/report/statistics.mjs';

const figures = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('a percentile', () => {
  it.each([
    [0.5, 3],
    [0.99, 5],
    [0, 1],
    [1, 5],
  ])('%d of 1 to 5 is %d, in any order', (q, wanted) => {
    expect(percentile([5, 1, 4, 2, 3], q)).toBe(wanted);
  });

  it('of no samples is undefined', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });
});

describe('a summary', () => {
  it('has the middle of an odd number of runs, and the mean of the middle two of an even number', () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, runs: 3 });
    expect(summarize([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9, runs: 4 });
  });

  it('counts only runs that have the figure', () => {
    expect(summarize([undefined, 2])).toEqual({ median: 2, min: 2, max: 2, runs: 1 });
    expect(summarize([undefined])).toBeUndefined();
  });

  it('has the median between the least and the greatest', () => {
    fc.assert(
      fc.property(figures, (samples) => {
        const { median, min, max } = summarize(samples) ?? { median: NaN, min: NaN, max: NaN };
        expect(min <= median && median <= max).toBe(true);
      }),
    );
  });
});

describe('a comparison of two cases', () => {
  const records = (values: readonly (number | undefined)[]) => values.map((p50Ms, at) => ({ run: at + 1, p50Ms }));

  it('compares each run with the run beside it, not one median with the other', () => {
    // The machine is twice as slow in the second run: both cases double, and the factor stays the same.
    expect(compare(records([3, 6]), records([2, 4]), 'p50Ms')).toEqual({ median: 1.5, min: 1.5, max: 1.5, runs: 2 });
  });

  it('leaves out runs that one of the cases does not have', () => {
    expect(compare(records([3, undefined, 8]), records([2, 4, undefined]), 'p50Ms')).toMatchObject({ runs: 1 });
    expect(compare(records([3]), [], 'p50Ms')).toBeUndefined();
  });

  it('leaves out runs in which the other case has no measurable cost', () => {
    expect(compare(records([3, 4]), records([0, 2]), 'p50Ms')).toMatchObject({ median: 2, runs: 1 });
  });

  it('of a case with a multiple of itself is that multiple', () => {
    fc.assert(
      fc.property(figures, fc.integer({ min: 1, max: 50 }), (samples, factor) => {
        const ours = records(samples.map((sample) => sample * factor));
        expect(compare(ours, records(samples), 'p50Ms')?.median).toBeCloseTo(factor, 6);
      }),
    );
  });
});

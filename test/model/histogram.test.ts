import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistogram, observe } from '../../src/model/histogram.js';

const bounds = [0.5, 1, 10];

describe('a histogram', () => {
  it('counts a value that equals a bound as below it, and a negative one as nothing', () => {
    const histogram = createHistogram(bounds);
    for (const value of [-1, 0.5, 0.6, 10, 11]) observe(histogram, value);
    expect(histogram.counts).toEqual([2, 1, 1, 1]);
    expect(histogram.sum).toBeCloseTo(22.1);
  });

  it('counts each value once, in the first bound that holds it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
        const histogram = createHistogram(bounds);
        for (const value of values) observe(histogram, value);
        const upTo = (bound: number): number => values.filter((value) => value <= bound).length;
        let below = 0;
        for (const [at, bound] of [...bounds, Infinity].entries())
          expect((below += histogram.counts[at] ?? NaN)).toBe(upTo(bound));
      }),
    );
  });
});

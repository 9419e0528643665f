import { describe, expect, it } from 'vitest';
import { splitByResync } from '../../bench/report/resyncs.mjs';

describe('a put', () => {
  it.each([
    ['that began long before the resync and was seen before it', 900, 50, 'between'],
    ['that waited when the resync began', 990, 20, 'during'],
    ['that began with the resync', 1000, 5, 'during'],
    ['that began soon after it', 1099, 5, 'during'],
    ['that began much later', 1100, 5, 'between'],
  ])('%s', (_title, at, ms, where) => {
    const { during, between, resyncs } = splitByResync([{ at, ms }], [1000, 3000]);
    expect({ during, between }).toEqual({ during: [], between: [], [where]: [ms] });
    expect(resyncs).toBe(where === 'during' ? 1 : 0);
  });

  it('that was never seen has no delay', () => {
    expect(splitByResync([{ at: 1000, ms: undefined }], [1000])).toEqual({ during: [], between: [], resyncs: 0 });
  });
});

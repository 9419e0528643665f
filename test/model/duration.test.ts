import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/model/duration.js';

it.each([
  [0, '0ms'],
  [849.6, '850ms'],
  [999.7, '1s'],
  [12_345, '12.3s'],
  [59_960, '1m'],
  [200_000, '3m20s'],
  [3_600_000, '1h'],
  [7_520_000, '2h5m'],
])('%d ms are shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('is read back, rounded by at most half of the last digit below a minute, and by a sixtieth part above', () => {
  const lengths = [1000, 60_000, 1e10].map((max) => fc.double({ min: 0, max, noNaN: true }));
  fc.assert(
    fc.property(fc.oneof(...lengths), (ms) => {
      const read = parseDuration(formatDuration(ms)) ?? NaN;
      const most = Math.max(Math.round(ms) < 1000 ? 0.5 : 50, ms / 60);
      // A tenth of a second has no exact binary form.
      expect(Math.abs(read - ms)).toBeLessThanOrEqual(most + 1e-6);
    }),
    { numRuns: 1000 },
  );
});

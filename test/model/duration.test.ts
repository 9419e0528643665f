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

it('is read back, rounded by at most a sixtieth part or half a millisecond', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (ms) => {
      const read = parseDuration(formatDuration(ms)) ?? NaN;
      expect(Math.abs(read - ms)).toBeLessThanOrEqual(Math.max(0.5, ms / 60));
    }),
  );
});

import { describe, expect, it } from 'vitest';
import { guardSchema } from '../../src/guard/schema.js';
import { policy } from './world.js';

describe('the guard block of a target', () => {
  it('has defaults, in milliseconds', () => {
    expect(guardSchema.parse({})).toEqual(policy);
  });

  it('is `off`, or a map', () => {
    expect(guardSchema.parse('off')).toBe('off');
    expect(guardSchema.parse({ holdFor: '0', window: '1m30s', maxDropPercent: 100, minInstances: 2 })).toEqual({
      ...{ holdFor: 0, window: 90_000, maxDropPercent: 100, minInstances: 2 },
    });
  });

  it.each([
    [{ maxDropPercent: 101 }],
    [{ maxDropPercent: -1 }],
    [{ maxDropPercent: 0.5 }],
    [{ window: '0' }],
    [{ window: 30 }],
    [{ holdFor: '25h' }],
    [{ minInstances: -1 }],
    [{ minInstance: 1 }],
    ['on'],
    [false],
  ])('refuses %j', (block) => {
    expect(guardSchema.safeParse(block).success).toBe(false);
  });
});

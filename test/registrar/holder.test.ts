import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeHolder, type HolderVerdict, type LeaseSight } from '../../src/registrar/holder.js';

/** What etcd tells of a lease: whole seconds, rounded down. */
const told = (left: number): number => Math.floor(left / 1000) * 1000;

/** Looks until the verdict is clear. `leftAt`: what the lease really has left at a time; at most 0: it is gone. */
function watch(ttl: number, leftAt: (now: number) => number): { verdict: HolderVerdict['kind'] | 'gone'; at: number } {
  let now = 0;
  const first: LeaseSight = { lease: '1', left: told(leftAt(0)), at: 0 };
  for (;;) {
    if (leftAt(now) <= 0) return { verdict: 'gone', at: now };
    const verdict = judgeHolder(first, { left: told(leftAt(now)), ttl }, now);
    if (verdict.kind !== 'unknown') return { verdict: verdict.kind, at: now };
    now += verdict.again;
  }
}

const seconds = fc.integer({ min: 2, max: 100 }).map((count) => count * 1000);
const share = fc.double({ min: 0, max: 1, noNaN: true });

it('calls a lease alive that is renewed in every third of its TTL, and never dead', () => {
  fc.assert(
    fc.property(seconds, share, (ttl, phase) => {
      const every = ttl / 3;
      const leftAt = (now: number): number => ttl - ((now + phase * every) % every);
      const { verdict, at } = watch(ttl, leftAt);
      expect(verdict).toBe('alive');
      expect(at).toBeLessThan(2 * ttl + 2000);
    }),
  );
});

it('calls a lease dead that nothing renews, before it is gone, and never alive', () => {
  fc.assert(
    fc.property(seconds, share, (ttl, used) => {
      const leftAt = (now: number): number => ttl * (1 - 0.99 * used) - now;
      const { verdict } = watch(ttl, leftAt);
      expect(verdict).toBe('dead');
    }),
  );
});

it('looks rarely: a few times for each lease', () => {
  let looks = 0;
  watch(10_000, (now) => {
    looks += 1;
    return 10_000 - now;
  });
  expect(looks).toBeLessThan(12);
});

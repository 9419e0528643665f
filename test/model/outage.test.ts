import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createOutage } from '../../src/model/outage.js';

const minute = 60_000;

it('is mentioned at once, after 1 minute, then with growing gaps of at most an hour', () => {
  const outage = createOutage();
  const mentioned: number[] = [];
  for (let now = 0; now <= 400 * minute; now += minute / 6)
    if (outage.fail('disk full', now)) mentioned.push(now / minute);
  expect(mentioned).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363]);
});

it('says how often and how long, and ends once', () => {
  const outage = createOutage();
  expect(outage.end(0)).toBeUndefined();
  expect(outage.fail('no', 1000)).toEqual({ failures: 1, outageMs: 0 });
  expect(outage.fail('no', 2000)).toBeUndefined();
  expect(outage.end(4000)).toEqual({ failures: 2, outageMs: 3000 });
  expect(outage.end(5000)).toBeUndefined();
  expect(outage.fail('no', 6000)).toEqual({ failures: 1, outageMs: 0 });
});

it('mentions another cause at once, and does not take another time or process number for one', () => {
  const outage = createOutage();
  expect(outage.fail('2026/11/26 22:03:21 [emerg] 12#12: no host "web1"', 0)).toBeDefined();
  expect(outage.fail('2026/11/26 22:03:25 [emerg] 99#99: no host "web1"', 1)).toBeUndefined();
  expect(outage.fail('2026/11/26 22:03:29 [emerg] 99#99: no host "web2"', 2)).toBeDefined();
});

it('is mentioned seldom, however many causes there are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.integer({ min: 0, max: 5000 })), { maxLength: 300 }), (failures) => {
      const outage = createOutage();
      let [now, mentions] = [0, 0];
      for (const [cause, pause] of failures) {
        now += pause;
        if (outage.fail(cause, now)) mentions += 1;
      }
      // Each of 11 causes: once, and once more for each gap that has passed.
      expect(mentions).toBeLessThanOrEqual(11 * (1 + Math.ceil(Math.log2(1 + now / minute))));
    }),
  );
});

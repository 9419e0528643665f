import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { nextHealth, unknownHealth, type HealthState } from '../../src/health/state.js';

const limits = { rise: 2, fall: 3 };

/** The verdict after each probe of a series: `+` passed, `-` failed. */
function verdicts(probes: string, { rise, fall } = limits): string {
  let state = unknownHealth;
  return probes
    .split('')
    .map((probe) => {
      state = nextHealth(state, probe === '+', { rise, fall });
      return state.healthy === undefined ? '?' : state.healthy ? '+' : '-';
    })
    .join('');
}

describe('a service', () => {
  test.each([
    ['is healthy when enough probes in a row succeed', '++', '?+'],
    ['is unhealthy at the first failure before any verdict', '-', '-'],
    ['is unhealthy at a failure before enough successes', '+-', '?-'],
    ['is healthy again when enough probes in a row succeed', '-+-++', '----+'],
    ['stays healthy while too few in a row fail', '++--+--+', '?+++++++'],
    ['is unhealthy when enough in a row fail', '++---', '?+++-'],
    ['goes to and fro', '++---++---', '?+++--+++-'],
  ])('%s', (_title, probes, expected) => {
    expect(verdicts(probes)).toBe(expected);
  });

  it('changes with every probe when one is enough', () => {
    expect(verdicts('+-+--+', { rise: 1, fall: 1 })).toBe('+-+--+');
  });
});

test('the verdict after any series of probes is that of the rule for the whole series', () => {
  const line = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  const least = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(line, least, least, (probes, rise, fall) => {
      const state = probes.reduce<HealthState>((before, ok) => nextHealth(before, ok, { rise, fall }), unknownHealth);
      expect(state.healthy).toBe(byTheWholeLine(probes, rise, fall));
    }),
  );
});

/** The same rule, written differently: it looks for the last run that was long enough to decide. */
function byTheWholeLine(probes: readonly boolean[], rise: number, fall: number): boolean | undefined {
  for (let end = probes.length; end > 0; end -= 1) {
    const ok = probes[end - 1] === true;
    const run = probes
      .slice(0, end)
      .reverse()
      .findIndex((each) => each !== ok);
    const length = run === -1 ? end : run;
    if (length >= (ok ? rise : fall)) return ok;
    // A shorter run of failures also decides if the service was never healthy before.
    if (!ok && byTheWholeLine(probes.slice(0, end - length), rise, fall) !== true) return false;
  }
  return undefined;
}

import { describe, expect, it } from 'vitest';
import { createTargetMeasures } from '../../src/model/measures.js';
import type { Check } from '../../src/ports/check.js';
import { measureCheck } from '../../src/reload/measured-check.js';

const context = { target: 'nginx', revision: 'services=1', outputs: [] };
const files = { next: [], present: [], directories: [] };
const { signal } = new AbortController();

/** A check that takes two seconds for each run. */
function measured(check: Partial<Check>) {
  const measures = createTargetMeasures();
  let now = 0;
  const clock = { now: () => (now += 2000) };
  const accepts: Check = { staged: false, run: () => Promise.resolve({ kind: 'accepted' }) };
  return { measures, check: measureCheck({ ...accepts, ...check }, measures, clock) };
}

describe('a measured check', () => {
  it.each(['accepted', 'refused', 'unanswered'] as const)('counts the verdict %s and the time', async (kind) => {
    const verdict = { kind, reason: 'why', output: '' };
    const { check, measures } = measured({ run: () => Promise.resolve(verdict) });
    expect(await check.run(context, signal)).toBe(verdict);
    expect(measures.checks).toEqual({ accepted: 0, refused: 0, unanswered: 0, [kind]: 1 });
    expect(measures.checking).toEqual({ count: 1, seconds: 2 });
  });

  it('counts an isolated run, but not one that the system does not allow', async () => {
    let isAllowed = true;
    const { check, measures } = measured({
      runIsolated: () =>
        Promise.resolve(isAllowed ? { kind: 'accepted' } : { kind: 'impossible', reason: 'no', output: '' }),
    });
    await check.runIsolated?.(context, files, signal);
    isAllowed = false;
    expect(await check.runIsolated?.(context, files, signal)).toMatchObject({ kind: 'impossible' });
    expect(measures.checks).toEqual({ accepted: 1, refused: 0, unanswered: 0 });
    expect(measures.checking.count).toBe(1);
  });

  it('is isolated only if the check is, and staged as the check is', () => {
    expect(measured({}).check).not.toHaveProperty('runIsolated');
    expect(measured({ staged: true }).check.staged).toBe(true);
  });

  it('counts nothing when the signal ends it', async () => {
    const { check, measures } = measured({ run: () => Promise.reject(new Error('stopped')) });
    await expect(check.run(context, signal)).rejects.toThrow('stopped');
    expect(measures.checking.count).toBe(0);
  });
});

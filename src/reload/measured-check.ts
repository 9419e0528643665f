import { addDuration, type TargetMeasures } from '../model/measures.js';
import type { Check } from '../ports/check.js';
import type { Clock } from '../ports/runtime.js';

/** The same check, with its verdicts and durations counted. An isolated run that the system does not allow is no verdict. */
export function measureCheck(
  check: Check,
  measures: Pick<TargetMeasures, 'checks' | 'checking'>,
  clock: Pick<Clock, 'now'>,
): Check {
  const runIsolated = check.runIsolated?.bind(check);

  async function measured<V extends { readonly kind: keyof TargetMeasures['checks'] | 'impossible' }>(
    run: () => Promise<V>,
  ): Promise<V> {
    const began = clock.now();
    const verdict = await run();
    if (verdict.kind === 'impossible') return verdict;
    measures.checks[verdict.kind] += 1;
    addDuration(measures.checking, clock.now() - began);
    return verdict;
  }

  return {
    staged: check.staged,
    run: (context, signal) => measured(() => check.run(context, signal)),
    ...(runIsolated && {
      runIsolated: (context, files, signal) => measured(() => runIsolated(context, files, signal)),
    }),
  };
}

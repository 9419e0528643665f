// Judges mutants, one after the other. Started by mutation.mjs.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { expect } from 'vitest';
import { createLoader } from './load.mjs';
import { createCollector, runTest } from './tests.mjs';

// Only tests with fixed inputs count: the fate of a mutant must not depend on chance.
class Random extends Error {}
const fc = createRequire(import.meta.url)('fast-check');
const fixed = {
  ...fc,
  assert: () => {
    throw new Random();
  },
};

const { testFiles } = workerData;
const collector = createCollector(expect);
const loader = createLoader({ vitest: collector.vitest, 'fast-check': { ...fixed, default: fixed, __esModule: true } });

/** Milliseconds by name. A mutant that makes a test much slower never ends. */
const durations = new Map();
/** By file, how many of its mutants a test has failed for, by the name of the test. */
const kills = new Map();

for (const file of testFiles) {
  loader.load(file);
  for (const test of collector.take()) {
    const from = performance.now();
    try {
      runTest(test, 600_000);
    } catch (error) {
      if (error instanceof Random) continue;
      throw new Error(`${file}, "${test.name}" fails without a mutation`, { cause: error });
    }
    durations.set(test.name, performance.now() - from);
  }
}
parentPort.postMessage({ ready: true, total: [...durations.values()].reduce((sum, each) => sum + each, 0) });

/** The name of the first test that fails; undefined when the mutant survives. */
function judge(file, source) {
  const files = testFiles.filter((each) => loader.reachedFrom(each).has(file));
  collector.take();
  try {
    loader.loadMutated(files, file, source);
  } catch (error) {
    return `loading: ${error.message}`;
  }
  // Tests that have failed for other mutants of the file come first: most mutants need only a few tests.
  const known = kills.get(file) ?? new Map();
  kills.set(file, known);
  const rank = ({ name }) => (durations.get(name) ?? 0) / (1 + 100 * (known.get(name) ?? 0));
  const tests = collector
    .take()
    .filter(({ name }) => durations.has(name))
    .sort((a, b) => rank(a) - rank(b));
  for (const test of tests) {
    try {
      runTest(test, Math.ceil(1000 + 10 * (durations.get(test.name) ?? 0)));
    } catch {
      known.set(test.name, (known.get(test.name) ?? 0) + 1);
      return test.name;
    }
  }
  return undefined;
}

parentPort.on('message', ({ id, file, source }) => {
  parentPort.postMessage({ id, killer: judge(file, source) });
});

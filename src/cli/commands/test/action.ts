import { relative, resolve } from 'node:path';
import { findConfig } from '../../../config/find.js';
import type { LocatedFileValue } from '../../../config/read-yaml-file.js';
import { readTests, type TemplateTests } from '../../../config/test-file.js';
import { findTests } from '../../../inspect/template-tests/find.js';
import { runTemplateTest, type PlacedTest, type TestResult } from '../../../inspect/template-tests/run.js';
import type { Runtime } from '../../../ports/runtime.js';
import { coloursOf } from '../../terminal/color.js';
import { fail } from '../../fail.js';
import { paintDiff } from '../../terminal/paint-diff.js';
import { printable } from '../../terminal/escape.js';
import { createRuntime } from '../../runtime.js';

export interface TestOptions {
  readonly config?: string;
  readonly update?: true;
}

/** Runs the template tests. Exit code 0: every test passed, 1: a test failed, 2: a test could not run, or there is none. */
export async function test(paths: readonly string[], options: TestOptions): Promise<0 | 1 | 2> {
  const counts = { passed: 0, failed: 0, broken: 0 };
  try {
    const runtime = await createRuntime('silent');
    const files = await findTests((paths.length > 0 ? paths : ['.']).map((path) => resolve(path)));
    for (const file of files) {
      const read = await attempt(() => readTests(file));
      if (!read) counts.broken += 1;
      else for (const placed of placeTests(read)) counts[await runTest(placed, file, options, runtime)] += 1;
    }
  } catch (error) {
    fail(error);
    return 2;
  }
  const { passed, failed, broken } = counts;
  const sum = [`${passed} passed`, `${failed} failed`, ...(broken > 0 ? [`${broken} could not run`] : [])];
  process.stdout.write(`${sum.join(', ')}\n`);
  if (broken > 0) return 2;
  return failed > 0 ? 1 : 0;
}

function placeTests(file: LocatedFileValue<TemplateTests>): PlacedTest[] {
  const { value } = file;
  return Array.isArray(value)
    ? value.map((one, index) => ({ test: one, file, at: [index] }))
    : [{ test: value, file, at: [] }];
}

async function runTest(
  placed: PlacedTest,
  file: string,
  { config, update }: TestOptions,
  runtime: Runtime,
): Promise<'passed' | 'failed' | 'broken'> {
  const options = { findConfig: () => findConfig(config, process.env, process.cwd()), update: update === true };
  const result = await attempt(() => runTemplateTest(placed, options, runtime));
  const name = placed.test.name ?? placed.test.template ?? placed.test.target ?? '';
  printResult(`${relative('.', file)}: ${name}`, result);
  if (!result) return 'broken';
  return result.failures.length > 0 ? 'failed' : 'passed';
}

function printResult(title: string, result: TestResult | undefined): void {
  const { good, bad } = coloursOf(process.stdout);
  const word = result?.failures.length === 0 ? good('ok    ') : bad(result ? 'FAILED' : 'BROKEN');
  process.stdout.write(`${word} ${printable(title)}\n`);
  for (const path of result?.written ?? []) process.stdout.write(`  wrote ${printable(relative('.', path))}\n`);
  for (const { message, lines } of result?.failures ?? [])
    process.stdout.write(`${message === '' ? '' : `  ${printable(message)}\n`}${paintDiff(lines)}`);
}

/** Prints an error and returns undefined, so that the other tests run. */
async function attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    fail(error);
    return undefined;
  }
}

import { basename, resolve } from 'node:path';
import { loadConfig, type LoadedConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import { readFixture } from '../../config/fixture.js';
import type { LocatedFileValue } from '../../config/read-yaml-file.js';
import type { TemplateTest } from '../../config/test-file.js';
import { explainUnread } from '../../model/file-error.js';
import type { Quarantine } from '../../model/view.js';
import { unify, type DiffLine } from '../diff/unified.js';
import { dryRun, type DryRun } from '../render/dry-run.js';
import type { Subject } from '../render/config.js';
import type { LocatedFixture } from '../render/fixture-snapshot.js';
import type { Runtime } from '../../ports.js';
import { readExpected, writeExpected, type Expected } from './expected.js';

/** One way in which a test failed. */
export interface Failure {
  /** One sentence; '' when the lines say it all. */
  readonly message: string;
  readonly lines: readonly DiffLine[];
}

export interface TestResult {
  /** None: it passed. */
  readonly failures: readonly Failure[];
  /** Expected outputs that were written anew. */
  readonly written: readonly string[];
}

/** A test, and where it stands in its file. */
export interface PlacedTest {
  readonly test: TemplateTest;
  readonly file: Pick<LocatedFileValue<unknown>, 'file' | 'folder' | 'locate'>;
  readonly at: readonly number[];
}

export interface JudgeOptions {
  /** Finds the config of tests that name a target and no config. */
  readonly findConfig: () => Promise<string>;
  /** Write the expected outputs that are files instead of failing for them. */
  readonly update: boolean;
}

/**
 * Renders and compares.
 *
 * @throws RollcallError when it cannot be rendered at all
 */
export async function runTemplateTest(
  placed: PlacedTest,
  options: JudgeOptions,
  outside: Runtime,
): Promise<TestResult> {
  const { test, file, at } = placed;
  const loaded = await loadFor(placed, options);
  const subject = subjectOf(placed);
  const rehearsal = await dryRun({ subject, loaded, written: await rollOf(placed), timeout: 0 }, outside);
  const failures = judgeLeftOut(test.quarantined, rehearsal);
  const written: string[] = [];
  for (const [output, said, text] of pairUp(placed, rehearsal, loaded, failures)) {
    const expected = await readExpected(said, file.folder).catch((cause: unknown) => {
      const problem = file.locate([...at, 'expect'], `cannot be read: ${explainUnread(cause)}`);
      throw new ConfigError('TEST_INVALID', [problem], new Map());
    });
    if (expected.text === text) continue;
    if (options.update && expected.path !== undefined) {
      await writeExpected(expected.path, text);
      written.push(expected.path);
    } else failures.push(compare(output, expected, text));
  }
  return { failures, written };
}

async function loadFor({ test, file }: PlacedTest, options: JudgeOptions): Promise<LoadedConfig | undefined> {
  if (test.config !== undefined) return loadConfig(resolve(file.folder, test.config));
  return test.target === undefined ? undefined : loadConfig(await options.findConfig());
}

function subjectOf({ test, file, at }: PlacedTest): Subject {
  const { target, template = '', dialect, service } = test;
  if (target !== undefined) return { target };
  const path = /[/.]/.test(template) ? resolve(file.folder, template) : template;
  const locate = (message: string, hint?: string) => file.locate([...at, 'template'], message, hint);
  return { template: path, dialect, service, locate };
}

async function rollOf({ test, file, at }: PlacedTest): Promise<LocatedFixture> {
  const { from } = test;
  if (typeof from !== 'string')
    return {
      fixture: from,
      file: basename(file.file),
      locate: (path, message, hint) => file.locate([...at, 'from', ...path], message, hint),
    };
  const { value, locate } = await readFixture(resolve(file.folder, from));
  return { fixture: value, file: from, locate };
}

/** Each output with what is said of it. */
function pairUp(
  { test }: PlacedTest,
  { outputs }: DryRun,
  loaded: LoadedConfig | undefined,
  failures: Failure[],
): [output: string, said: string, text: string][] {
  const names = outputs.map(({ output }) => output).join(', ');
  const { expect } = test;
  if (typeof expect === 'string') {
    const [only] = outputs;
    if (only && outputs.length === 1) return [[test.target === undefined ? '' : only.output, expect, only.text]];
    const wanted = 'give `expect` as a map of each output and what it shall be';
    failures.push(fail(outputs.length === 0 ? 'nothing is rendered' : `several outputs, ${names}: ${wanted}`));
    return [];
  }
  const said = new Map(Object.entries(expect).map(([key, value]) => [resolve(loaded?.folder ?? '/', key), value]));
  for (const output of said.keys())
    if (!outputs.some((one) => one.output === output))
      failures.push(fail(`${output} is not rendered; there are: ${names}`));
  return outputs.flatMap(({ output, text }) => {
    const value = said.get(output);
    if (value !== undefined) return [[output, value, text] as [string, string, string]];
    failures.push(fail(`${output} is rendered, and not in \`expect\``));
    return [];
  });
}

function compare(output: string, { path, text: expected }: Expected, text: string): Failure {
  const name = path ?? (output === '' ? 'output' : output);
  const message = path !== undefined && expected === undefined ? `${path} is not there: --update writes it` : '';
  const { lines } = unify({ name, remark: 'expected', text: expected }, { name, remark: 'rendered', text });
  return { message, lines };
}

function judgeLeftOut(expected: readonly string[], { quarantined }: DryRun): Failure[] {
  const reasons = new Map(quarantined.map((one) => [labelOf(one), one.reason]));
  const surprising = [...reasons].filter(([label]) => !expected.includes(label));
  const missing = expected.filter((label) => !reasons.has(label));
  return [
    ...surprising.map(([label, reason]) => fail(`left out, and not in \`quarantined\`: ${label}: ${reason}`)),
    ...missing.map((label) => fail(`in \`quarantined\`, and not left out: ${label}`)),
  ];
}

const labelOf = ({ service, instance }: Quarantine): string => (instance ? `${service}/${instance.id}` : service);

const fail = (message: string): Failure => ({ message, lines: [] });

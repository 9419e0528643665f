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
import type { Output } from '../../ports/output.js';
import type { Runtime } from '../../ports/runtime.js';
import type { TargetKinds } from '../../targets/kinds.js';
import { readExpected, writeExpected, type ExpectedOutput } from './expected.js';

/** One reason why a test failed. */
export interface Failure {
  /** One sentence; '' when the lines are enough. */
  readonly message: string;
  readonly lines: readonly DiffLine[];
}

/** The result of one test. */
export interface TestResult {
  /** Empty when the test passed. */
  readonly failures: readonly Failure[];
  /** Paths of the expected outputs that `update` has written. */
  readonly written: readonly string[];
}

/** A test, and its place in its file. */
export interface PlacedTest {
  readonly test: TemplateTest;
  readonly file: Pick<LocatedFileValue<unknown>, 'file' | 'directory' | 'locate'>;
  readonly at: readonly number[];
}

export interface TemplateTestOptions {
  /** Finds the config for tests that name a target but no config. */
  readonly findConfig: () => Promise<string>;
  /** Write expected outputs that are files, instead of failing. */
  readonly update: boolean;
  /** Kinds of targets that configs may use. Default: all kinds of rollcall. */
  readonly kinds?: TargetKinds;
}

/**
 * Runs one test: renders its subject and compares the outputs and quarantines with the expected ones.
 *
 * @throws RollcallError when the config, the fixture or a template is wrong, or rendering fails
 */
export async function runTemplateTest(
  placed: PlacedTest,
  options: TemplateTestOptions,
  outside: Runtime,
): Promise<TestResult> {
  const { test, file, at } = placed;
  const loaded = await loadFor(placed, options);
  const subject = subjectOf(placed);
  const rendered = await dryRun({ subject, loaded, written: await fixtureOf(placed), timeout: 0 }, outside);
  const failures = compareQuarantined(test.quarantined, rendered);
  const written: string[] = [];
  for (const { output, expectation } of pairUp(placed, rendered, loaded, failures)) {
    const expected = await readExpected(expectation, file.directory).catch((cause: unknown) => {
      const problem = file.locate([...at, 'expect'], `cannot be read: ${explainUnread(cause)}`);
      throw new ConfigError('TEST_INVALID', [problem], new Map());
    });
    if (expected.text === output.text) continue;
    if (options.update && expected.path !== undefined) {
      await writeExpected(expected.path, output.text);
      written.push(expected.path);
    } else failures.push(compare(output, expected, 'template' in subject ? '' : output.output));
  }
  return { failures, written };
}

async function loadFor({ test, file }: PlacedTest, options: TemplateTestOptions): Promise<LoadedConfig | undefined> {
  if (test.config !== undefined) return loadConfig(resolve(file.directory, test.config), options.kinds);
  return test.target === undefined ? undefined : loadConfig(await options.findConfig(), options.kinds);
}

function subjectOf({ test, file, at }: PlacedTest): Subject {
  const { target, template = '', dialect, service } = test;
  if (target !== undefined) return { target };
  const path = /[/.]/.test(template) ? resolve(file.directory, template) : template;
  const locate = (message: string, hint?: string) => file.locate([...at, 'template'], message, hint);
  return { template: path, dialect, service, locate };
}

async function fixtureOf({ test, file, at }: PlacedTest): Promise<LocatedFixture> {
  const { from } = test;
  if (typeof from !== 'string')
    return {
      fixture: from,
      file: basename(file.file),
      locate: (path, message, hint) => file.locate([...at, 'from', ...path], message, hint),
    };
  const { value, locate } = await readFixture(resolve(file.directory, from));
  return { fixture: value, file: from, locate };
}

/** An output, and its value in `expect`. */
interface Pair {
  readonly output: Output;
  readonly expectation: string;
}

/** Pairs each output with its expectation. An output without an expectation, or the reverse, is a failure. */
function pairUp(
  { test }: PlacedTest,
  { outputs }: DryRun,
  loaded: LoadedConfig | undefined,
  failures: Failure[],
): Pair[] {
  const names = outputs.map(({ output }) => output).join(', ');
  const { expect } = test;
  if (typeof expect === 'string') {
    const [only] = outputs;
    if (only && outputs.length === 1) return [{ output: only, expectation: expect }];
    const wanted = 'write `expect` as a map from each output to its expected text';
    failures.push(fail(outputs.length === 0 ? 'nothing is rendered' : `several outputs, ${names}: ${wanted}`));
    return [];
  }
  // File outputs have absolute paths; a test may write them relative to the config's directory. Other outputs have no paths.
  const arePaths = outputs.every(({ output }) => output.startsWith('/'));
  const expected = new Map(
    Object.entries(expect).map(([key, value]) => [arePaths ? resolve(loaded?.directory ?? '/', key) : key, value]),
  );
  for (const name of expected.keys())
    if (!outputs.some(({ output }) => output === name))
      failures.push(fail(`${name} is not an output; the outputs are: ${names}`));
  return outputs.flatMap((output) => {
    const expectation = expected.get(output.output);
    if (expectation !== undefined) return [{ output, expectation }];
    failures.push(fail(`${output.output} is an output, but not in \`expect\``));
    return [];
  });
}

/** @param label name of the output, if the expectation is no file; '' for a single template */
function compare({ text, secret }: Output, { path, text: expected }: ExpectedOutput, label: string): Failure {
  const name = path ?? (label === '' ? 'output' : label);
  const message = path !== undefined && expected === undefined ? `${path} does not exist: --update writes it` : '';
  if (secret) {
    const sizes = `${Buffer.byteLength(expected ?? '')} bytes are expected, and ${Buffer.byteLength(text)} are rendered`;
    return fail(message === '' ? `${name} is secret and not as expected: ${sizes}` : message);
  }
  const { lines } = unify({ name, remark: 'expected', text: expected }, { name, remark: 'rendered', text });
  return { message, lines };
}

function compareQuarantined(expected: readonly string[], { quarantined }: DryRun): Failure[] {
  const reasons = new Map(quarantined.map((one) => [labelOf(one), one.reason]));
  const surprising = [...reasons].filter(([label]) => !expected.includes(label));
  const missing = expected.filter((label) => !reasons.has(label));
  return [
    ...surprising.map(([label, reason]) => fail(`quarantined, but not in \`quarantined\`: ${label}: ${reason}`)),
    ...missing.map((label) => fail(`in \`quarantined\`, but not quarantined: ${label}`)),
  ];
}

const labelOf = ({ service, instance, hostName }: Quarantine): string => {
  if (hostName !== undefined) return `${service} ${hostName}`;
  return instance ? `${service}/${instance.id}` : service;
};

const fail = (message: string): Failure => ({ message, lines: [] });

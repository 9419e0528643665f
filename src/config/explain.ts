import type * as z from 'zod';
import { nearest } from '../model/suggest.js';
import { findRenamed } from './renamed.js';
import { valueAt, type ConfigPath, type UnlocatedProblem } from './problem.js';
import { keySets, literalsOf, schemasAt } from './schema-lookup.js';

type Issue = z.core.$ZodIssue;

// More problems than these usually have the same cause.
const MOST_PROBLEMS = 100;

/** Turns zod's issues into problems with plain messages: one for each wrong key or value, at most one hundred. */
export function explainIssues(issues: readonly Issue[], root: z.core.$ZodType, data: unknown): UnlocatedProblem[] {
  const first = issues.slice(0, MOST_PROBLEMS);
  return first.flatMap((issue) => explainIssue(issue, [], { root, data })).slice(0, MOST_PROBLEMS);
}

interface Against {
  readonly root: z.core.$ZodType;
  readonly data: unknown;
}

function explainIssue(issue: Issue, above: ConfigPath, against: Against): UnlocatedProblem[] {
  const path = [...above, ...(issue.path as ConfigPath)];
  const value = valueAt(against.data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_PROBLEMS).map((key) => explainKey(key, path, against));
    case 'invalid_union':
      return explainUnion(issue, path, against);
    case 'invalid_type':
      if (value === undefined && path.length > 0) return [missing(path, against)];
      return [isCustom(issue) ? wrong(path, issue.message) : wrongType(path, value, [issue.expected])];
    case 'invalid_value':
      if (value === undefined && path.length > 0) return [missing(path, against)];
      return [wrongChoice(path, value, issue.values.map(String))];
    case 'invalid_key':
      return [{ ...wrong(path, `the key ${issue.issues[0]?.message ?? 'is not allowed here'}`), at: 'key' }];
    case 'too_small':
      return [wrong(path, isCustom(issue) ? issue.message : tooSmall(issue))];
    case 'too_big':
      return [wrong(path, isCustom(issue) ? issue.message : `must be at most ${issue.maximum}`)];
    case 'custom': {
      const hint: unknown = issue.params?.hint;
      return [{ ...wrong(path, issue.message), ...(typeof hint === 'string' ? { hint } : {}) }];
    }
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
      return [wrong(path, issue.message)];
  }
}

function explainKey(key: string, path: ConfigPath, { root, data }: Against): UnlocatedProblem {
  const sets = keySets(schemasAt(root, path));
  const elsewhere = sets.filter((set) => set.has(key));
  const place: Pick<UnlocatedProblem, 'path' | 'at' | 'severity'> = {
    path: [...path, key],
    at: 'key',
    severity: 'error',
  };
  if (elsewhere.length > 0) {
    // Another alternative of the schema has this key, but not together with the keys that are given.
    const value = valueAt(data, path);
    const given = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const rival = given.find((other) => other !== key && !elsewhere.some((set) => set.has(other)));
    return {
      ...place,
      message: rival === undefined ? 'does not belong here' : `cannot be used together with \`${rival}\``,
    };
  }
  const renamed = findRenamed(key, path, valueAt(data, path));
  if (renamed !== undefined) return { ...place, ...renamed };
  const known = [...new Set(sets.flatMap((set) => [...set]))];
  const near = nearest(key, known);
  const hint = near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean \`${near}\`?`;
  if (near !== undefined) return { ...place, message: 'unknown key', hint, meant: near };
  return { ...place, message: 'unknown key', ...(known.length === 0 ? {} : { hint }) };
}

function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: ConfigPath, against: Against): UnlocatedProblem[] {
  if (issue.errors.length > 0 && path.length > 0 && valueAt(against.data, path) === undefined)
    return [missing(path, against)];
  if (issue.errors.length === 0) {
    // The key that selects an alternative has an unknown value, or a text in the place of the whole map does.
    const parent = path.slice(0, -1);
    const whole = valueAt(against.data, parent);
    const short = typeof whole !== 'object' || whole === null;
    const at = short ? parent : path;
    const value = valueAt(against.data, at);
    const options = literalsOf(schemasAt(against.root, path));
    return [value === undefined ? missing(at, against) : wrongChoice(at, value, options)];
  }
  const branches = issue.errors.map((issues) => ({ issues, cost: costOf(issues) }));
  const best = branches.reduce((least, branch) => (branch.cost < least.cost ? branch : least));
  const mismatches = branches.map(({ issues }) => mismatchOf(issues));
  if (mismatches.every((types) => types !== undefined))
    return [wrongType(path, valueAt(against.data, path), mismatches.flat())];
  const chosen = missingChoice(
    branches.map(({ issues }) => issues),
    path,
    against,
  );
  return chosen ?? best.issues.flatMap((one) => explainIssue(one, path, against));
}

/** Removes the problems of missing keys that are only misspelt: the problem of the misspelt key is enough. */
export function dropEchoes(problems: readonly UnlocatedProblem[]): UnlocatedProblem[] {
  const meant = new Set(
    problems.flatMap(({ path, meant }) => (meant === undefined ? [] : [nameOf(path.slice(0, -1), meant)])),
  );
  return problems.filter(({ path, lacks = [] }) => !lacks.some((key) => meant.has(nameOf(path, key))));
}

function nameOf(path: ConfigPath, key: string): string {
  return JSON.stringify([...path, key]);
}

/** The problem of a map that has the required key of no alternative; undefined for any other map. */
function missingChoice(
  branches: readonly (readonly Issue[])[],
  path: ConfigPath,
  against: Against,
): UnlocatedProblem[] | undefined {
  const value = valueAt(against.data, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const sets = keySets(schemasAt(against.root, path));
  const [first, ...others] = sets;
  if (first === undefined || others.length === 0) return undefined;
  const shared = [...first].filter((key) => others.every((set) => set.has(key)));
  if (Object.keys(value).some((key) => !shared.includes(key))) return undefined;
  const required = branches.flatMap((issues) => {
    const lacking = issues.find((one) => one.path.length === 1 && valueAt(value, one.path as ConfigPath) === undefined);
    return lacking === undefined ? [] : [String(lacking.path[0])];
  });
  const shown = required.map((key) => `\`${key}\``).join(', ');
  return [{ path, at: 'key', severity: 'error', message: `needs one of ${shown}`, lacks: required }];
}

// The input resembles the alternative that needs the fewest changes.
function costOf(issues: readonly Issue[]): number {
  return issues.reduce((cost, issue) => {
    if (mismatchOf([issue]) !== undefined) return cost + 1000;
    if (issue.code === 'unrecognized_keys') return cost + 10 * issue.keys.length;
    return cost + (issue.path.length <= 1 && ['invalid_type', 'invalid_value'].includes(issue.code) ? 9 : 1);
  }, 0);
}

/** The types that the schema expects when the input as a whole has another type; otherwise undefined. */
function mismatchOf(issues: readonly Issue[]): string[] | undefined {
  for (const issue of issues) {
    if (issue.path.length > 0) continue;
    if (issue.code === 'invalid_type') return [issue.expected];
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) continue;
    const inner = issue.errors.map(mismatchOf);
    if (inner.every((types) => types !== undefined)) return inner.flat();
  }
  return undefined;
}

function missing(path: ConfigPath, { root }: Against): UnlocatedProblem {
  const parent = path.slice(0, -1);
  const choices = literalsOf(schemasAt(root, path));
  const hint = choices.length === 0 ? {} : { hint: `One of ${choices.join(', ')}.` };
  const key = String(path.at(-1));
  return { path: parent, at: 'key', severity: 'error', message: `\`${key}\` is missing`, ...hint, lacks: [key] };
}

function wrong(path: ConfigPath, message: string): UnlocatedProblem {
  return { path, at: 'value', severity: 'error', message };
}

function wrongType(path: ConfigPath, value: unknown, expected: readonly string[]): UnlocatedProblem {
  const names = [...new Set(expected.map(nameType))].join(' or ');
  const problem = wrong(path, `expected ${names}, got ${nameValue(value)}`);
  if (!expected.includes('string') || !['number', 'boolean'].includes(typeof value)) return problem;
  return { ...problem, hint: 'YAML does not read this as text: put it in quotes.' };
}

function wrongChoice(path: ConfigPath, value: unknown, choices: readonly string[]): UnlocatedProblem {
  const problem = wrong(path, `expected one of ${choices.join(', ')}; got ${nameValue(value, true)}`);
  const near = typeof value === 'string' ? nearest(value, choices) : undefined;
  return near === undefined ? problem : { ...problem, hint: `Did you mean \`${near}\`?` };
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if ((origin === 'string' || origin === 'array') && Number(minimum) === 1) return 'must not be empty';
  return `must be at least ${minimum}`;
}

/** True when the schema has its own message. */
function isCustom(issue: Issue): boolean {
  return !/^(Invalid input|Too small|Too big)/.test(issue.message);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function nameType(expected: string): string {
  return typeNames[expected] ?? expected;
}

/** Describes a value for a message. A value may be a secret, so it is quoted only where the schema has fixed choices. */
function nameValue(value: unknown, quote = false): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (quote) return JSON.stringify(value).slice(0, 80);
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? 'a number' : 'text';
}

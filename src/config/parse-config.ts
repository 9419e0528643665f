import { dirname } from 'node:path';
import { createFileReader } from './contents.js';
import { crosscheck } from './crosscheck.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateProblem, locateSyntax, type ConfigSource } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, unreadProblem, type ConfigPath, type ConfigProblem, type UnlocatedProblem } from './problem.js';
import type { TargetKinds } from '../targets/kinds.js';
import { targetKinds } from '../targets/registry.js';
import { configSchemaOf, type Config } from './schema.js';
import { parseSafely } from './safe-parse.js';

/** A config file, read and judged. */
export interface ParsedConfig {
  /** Absolute path of the file, and its folder: relative paths count from there, and commands run there. */
  readonly file: string;
  readonly folder: string;
  /** What the file holds, with absolute paths; null when it is no YAML. */
  readonly data: unknown;
  /** Absent when its shape is wrong. */
  readonly config?: Config;
  /** In the order of their places. With any of them the config cannot be used. */
  readonly errors: readonly ConfigProblem[];
  /** What is allowed but hardly meant. */
  readonly warnings: readonly ConfigProblem[];
  /** Unknown keys, and the known key that each of them was meant to be. */
  readonly misspelt: readonly { readonly path: ConfigPath; readonly meant: string }[];
  /** The kinds of targets that it may use. */
  readonly kinds: TargetKinds;
  /** The files that were read, as `followFiles` takes them. */
  readonly files: ReadonlyMap<string, string>;
  /** Shows something else that is wrong with a part of it: a template that is not there, a command that is not found. */
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

/**
 * Reads and checks a config file: YAML, shape, and what its parts say of each other. Nothing outside the file is looked
 * at; templates and the files that it names are not read.
 *
 * @param file absolute path.
 * @param kinds of targets that the config may use
 * @throws ConfigError `CONFIG_NOT_FOUND` when it cannot be read.
 */
export async function parseConfig(file: string, kinds: TargetKinds = targetKinds): Promise<ParsedConfig> {
  const reader = createFileReader();
  const read = await reader.read(file);
  const files = reader.seen;
  if ('why' in read) throw new ConfigError('CONFIG_NOT_FOUND', [unreadProblem(file, read.reason)], files);
  const { text } = read;
  const document = parseYaml(text);
  const source: ConfigSource = { file, text, document };
  const folder = dirname(file);
  const judged = {
    file,
    folder,
    kinds,
    files,
    locate: (path: ConfigPath, message: string, hint?: string) =>
      locateProblem(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
  if (document.problems.length > 0) {
    const errors = document.problems.map((problem) => locateSyntax(source, problem));
    return { ...judged, data: null, errors, warnings: [], misspelt: [] };
  }
  const data = resolvePaths(document.data, folder, kinds);
  const schema = configSchemaOf(kinds);
  const parsed = parseSafely(schema, data);
  const issues = parsed.success ? [] : explainIssues(parsed.error.issues, schema, data);
  const problems = dropEchoes([...issues, ...crosscheck(data, kinds)]);
  const show = (severity: UnlocatedProblem['severity']): ConfigProblem[] =>
    problems
      .filter((problem) => problem.severity === severity)
      .map((problem) => locateProblem(source, problem))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  return {
    ...judged,
    data,
    ...(parsed.success && { config: parsed.data }),
    errors: show('error'),
    warnings: show('warning'),
    misspelt: problems.flatMap(({ path, meant }) => (meant === undefined ? [] : [{ path, meant }])),
  };
}

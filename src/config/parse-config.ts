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

/** A config file, parsed and checked. It may have errors. */
export interface ParsedConfig {
  /** Absolute path of the file. */
  readonly file: string;
  /** The file's directory: relative paths count from there, and commands run there. */
  readonly directory: string;
  /** The data of the file, with absolute paths; null when the file is no YAML. */
  readonly data: unknown;
  /** Absent when its shape is wrong. */
  readonly config?: Config;
  /** In the order of their places. A config with an error cannot be used. */
  readonly errors: readonly ConfigProblem[];
  /** Settings that are allowed but are probably a mistake. */
  readonly warnings: readonly ConfigProblem[];
  /** Unknown keys, and the known key that each was probably meant to be. */
  readonly misspelt: readonly { readonly path: ConfigPath; readonly meant: string }[];
  /** The kinds of targets that the config may use. */
  readonly kinds: TargetKinds;
  /** The files that were read, as `followFiles` takes them. */
  readonly files: ReadonlyMap<string, string>;
  /** Makes a problem about a part of the config that another check found, such as a missing template or command. */
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

/**
 * Reads and checks a config file: its YAML, its shape, and the references between its parts. It does not read templates and
 * other files that the config names.
 *
 * @param file absolute path
 * @param kinds the kinds of targets that the config may use
 * @throws ConfigError `CONFIG_NOT_FOUND` when it cannot be read
 */
export async function parseConfig(file: string, kinds: TargetKinds = targetKinds): Promise<ParsedConfig> {
  const reader = createFileReader();
  const read = await reader.read(file);
  const files = reader.seen;
  if ('why' in read) throw new ConfigError('CONFIG_NOT_FOUND', [unreadProblem(file, read.reason)], files);
  const { text } = read;
  const document = parseYaml(text);
  const source: ConfigSource = { file, text, document };
  const directory = dirname(file);
  const common = {
    file,
    directory,
    kinds,
    files,
    locate: (path: ConfigPath, message: string, hint?: string) =>
      locateProblem(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
  if (document.problems.length > 0) {
    const errors = document.problems.map((problem) => locateSyntax(source, problem));
    return { ...common, data: null, errors, warnings: [], misspelt: [] };
  }
  const data = resolvePaths(document.data, directory, kinds);
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
    ...common,
    data,
    ...(parsed.success && { config: parsed.data }),
    errors: show('error'),
    warnings: show('warning'),
    misspelt: problems.flatMap(({ path, meant }) => (meant === undefined ? [] : [{ path, meant }])),
  };
}

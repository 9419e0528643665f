import { dirname } from 'node:path';
import { createFileReader } from './contents.js';
import { crosscheck } from './crosscheck.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateFinding, locateSyntax, type ConfigSource } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, type ConfigPath, type ConfigProblem, type Finding } from './problem.js';
import { configSchema, type Config } from './schema.js';
import { parseShape } from './shape.js';

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
  /** Keys that nobody knows, and the known key that each of them was meant to be. */
  readonly misspelt: readonly { readonly path: ConfigPath; readonly meant: string }[];
  /** The files that were read, as `followFiles` takes them. */
  readonly files: ReadonlyMap<string, string>;
  /** Shows something else that is wrong with a part of it: a template that is not there, a command that is not found. */
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

/**
 * Reads and checks a config file: YAML, shape, and what its parts say of each other. Nothing outside the file is looked
 * at; templates and the files that it names are read by those who need them.
 *
 * @param file absolute path.
 * @throws ConfigError `CONFIG_NOT_FOUND` when it cannot be read.
 */
export async function parseConfig(file: string): Promise<ParsedConfig> {
  const reader = createFileReader();
  const read = await reader.read(file);
  const files = reader.seen;
  if ('why' in read) {
    const problem = { file, line: 1, column: 1, path: '', message: `cannot be read: ${read.why}`, excerpt: '' };
    throw new ConfigError('CONFIG_NOT_FOUND', [problem], files);
  }
  const { text } = read;
  const document = parseYaml(text);
  const source: ConfigSource = { file, text, document };
  const folder = dirname(file);
  const judged = {
    file,
    folder,
    files,
    locate: (path: ConfigPath, message: string, hint?: string) =>
      locateFinding(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
  if (document.findings.length > 0) {
    const errors = document.findings.map((finding) => locateSyntax(source, finding));
    return { ...judged, data: null, errors, warnings: [], misspelt: [] };
  }
  const data = resolvePaths(document.data, folder);
  const parsed = parseShape(configSchema, data);
  const issues = parsed.success ? [] : explainIssues(parsed.error.issues, configSchema, data);
  const findings = dropEchoes([...issues, ...crosscheck(data)]);
  const show = (severity: Finding['severity']): ConfigProblem[] =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => locateFinding(source, finding))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  return {
    ...judged,
    data,
    ...(parsed.success && { config: parsed.data }),
    errors: show('error'),
    warnings: show('warning'),
    misspelt: findings.flatMap(({ path, meant }) => (meant === undefined ? [] : [{ path, meant }])),
  };
}

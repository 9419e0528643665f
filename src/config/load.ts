import { dirname } from 'node:path';
import { createFileReader } from './contents.js';
import { crosscheck } from './crosscheck.js';
import { parseConfig } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateFinding, locateSyntax, type ConfigSource } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, type ConfigPath, type ConfigProblem, type Finding } from './problem.js';
import { configSchema, type Config } from './schema.js';

/** A config that can be used. */
export interface LoadedConfig {
  /** Absolute path of the file, and its folder: relative paths count from there, and commands run there. */
  readonly file: string;
  readonly folder: string;
  readonly config: Config;
  /** What is allowed but hardly meant. */
  readonly warnings: readonly ConfigProblem[];
  /** The files that were read, as `followFiles` takes them. */
  readonly files: ReadonlyMap<string, string>;
  /** Shows something else that is wrong with a part of it: a template that is not there, a command that is not found. */
  locate(path: ConfigPath, message: string, hint?: string): ConfigProblem;
}

/**
 * Reads and checks a config file: YAML, shape, and what its parts say of each other. Nothing outside the file is looked
 * at; templates and the files that it names are read by those who need them.
 *
 * @param file absolute path.
 * @throws ConfigError: `CONFIG_NOT_FOUND` when it cannot be read, `CONFIG_INVALID` with every problem.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const reader = createFileReader();
  const read = await reader.read(file);
  const files = reader.seen;
  if ('why' in read) {
    const problem = { file, line: 1, column: 1, path: '', message: `cannot be read: ${read.why}`, excerpt: '' };
    throw new ConfigError('CONFIG_NOT_FOUND', [problem], files);
  }
  const { text } = read;
  const document = parseConfig(text);
  const source: ConfigSource = { file, text, document };
  if (document.findings.length > 0)
    throw new ConfigError(
      'CONFIG_INVALID',
      document.findings.map((finding) => locateSyntax(source, finding)),
      files,
    );

  const folder = dirname(file);
  const data = resolvePaths(document.data, folder);
  const parsed = configSchema.safeParse(data);
  const issues = parsed.success ? [] : explainIssues(parsed.error.issues, configSchema, data);
  const findings = dropEchoes([...issues, ...crosscheck(data)]);
  const show = (severity: Finding['severity']): ConfigProblem[] =>
    findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => locateFinding(source, finding))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  const errors = show('error');
  if (!parsed.success || errors.length > 0) throw new ConfigError('CONFIG_INVALID', errors, files);
  return {
    file,
    folder,
    config: parsed.data,
    warnings: show('warning'),
    files,
    locate: (path, message, hint) =>
      locateFinding(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
}

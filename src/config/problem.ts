import { RollcallError } from '../model/errors.js';

/** The place of a value in a config: keys and 0-based indexes from the root. */
export type ConfigPath = readonly (string | number)[];

/** A problem of a config, with its path but without its line. */
export interface UnlocatedProblem {
  readonly path: ConfigPath;
  /** Whether the problem is about the key or about its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
  readonly severity: 'error' | 'warning';
  /** The missing keys, of which one is needed. */
  readonly lacks?: readonly string[];
  /** The known key that an unknown key was probably meant to be. */
  readonly meant?: string;
}

/** A problem and its place in the file. */
export interface ConfigProblem {
  readonly file: string;
  /** Line and column count from 1; columns are UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  /** As users write it: `targets[0].files[1].path`; '' for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
  /** The source line and, below it, a caret; '' when the file cannot be read, or holds nothing of `path`. */
  readonly excerpt: string;
}

/**
 * A config, a fixture or a test that cannot be used, with every problem found. Code `CONFIG_NOT_FOUND`: the config cannot be
 * read.
 */
export class ConfigError extends RollcallError {
  readonly problems: readonly ConfigProblem[];
  /** The files that were read before the failure, as `followFiles` takes them: after a change of one, try again. */
  readonly files: ReadonlyMap<string, string>;

  constructor(
    code: 'CONFIG_INVALID' | 'CONFIG_NOT_FOUND' | 'FIXTURE_INVALID' | 'TEST_INVALID',
    problems: readonly ConfigProblem[],
    files: ReadonlyMap<string, string>,
  ) {
    super(code, problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
    this.files = files;
  }
}

/** An error about the value at a path. */
export function problemAt(path: ConfigPath, message: string): UnlocatedProblem {
  return { path, at: 'value', message, severity: 'error' };
}

/** A file that cannot be read at all. @param reason calls the file "it": its name is shown before the reason */
export function unreadProblem(file: string, reason: string, hint?: string): ConfigProblem {
  const place = { file, line: 1, column: 1, path: '', excerpt: '' };
  return { ...place, message: `cannot be read: ${reason}`, ...(hint === undefined ? {} : { hint }) };
}

/** `file:line:column: path: message`, the excerpt, the hint. */
export function formatProblem({ file, line, column, path, message, hint, excerpt }: ConfigProblem): string {
  const head = `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
  return [head, ...(excerpt === '' ? [] : [excerpt]), ...(hint === undefined ? [] : [`  ${hint}`])].join('\n');
}

/** `targets[0].files`. */
export function showPath(path: ConfigPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    if (!/^[\w-]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

/** The value at a path of raw data; undefined when there is none. */
export function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((value, segment) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    return (value as Record<string | number, unknown>)[segment];
  }, data);
}

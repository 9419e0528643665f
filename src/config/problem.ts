import { RollcallError } from '../model/errors.js';

/** Where in a config something is: keys and 0-based indexes from the root. */
export type ConfigPath = readonly (string | number)[];

/** Something wrong with a config, before it is known where in the file that is. */
export interface UnlocatedProblem {
  readonly path: ConfigPath;
  /** Whether the key or its value is meant. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
  readonly severity: 'error' | 'warning';
  /** Of keys that are missing, where one of them is needed; and of an unknown key, what it was meant to be. */
  readonly lacks?: readonly string[];
  readonly meant?: string;
}

/** A problem and its place in the file. */
export interface ConfigProblem {
  readonly file: string;
  /** Both from 1; columns are UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  /** As people write it: `targets[0].files[1].path`; '' for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
  /** The source line and, below it, a caret; '' when the file cannot be read. */
  readonly excerpt: string;
}

/**
 * A config that cannot be used (`CONFIG_INVALID`, with every problem found) or not be read (`CONFIG_NOT_FOUND`); a fixture or a
 * test that cannot be used or read.
 */
export class ConfigError extends RollcallError {
  readonly problems: readonly ConfigProblem[];
  /** What was read before it failed, as `followFiles` takes it: a change of any of them is worth another try. */
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

/** What stands at a path of raw data; undefined when nothing does. */
export function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((value, segment) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    return (value as Record<string | number, unknown>)[segment];
  }, data);
}

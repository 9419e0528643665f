import { dirname } from 'node:path';
import type * as z from 'zod';
import { createFileReader } from './contents.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateProblem, locateSyntax } from './locate.js';
import { ConfigError, unreadProblem, type ConfigPath, type ConfigProblem } from './problem.js';
import { parseSafely } from './safe-parse.js';

/** The valid content of a fixture or test file. */
export interface LocatedFileValue<T> {
  /** Absolute path of the file. */
  readonly file: string;
  /** The file's directory: relative paths in the file count from there. */
  readonly directory: string;
  readonly value: T;
  /** Makes a problem about a part of the file, with its line. */
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

const unread = 'Name a file that exists and can be read. A path in a test file counts from the directory of that file.';

/**
 * Reads a YAML or JSON file and checks it against a schema.
 *
 * @param file absolute path
 * @param code code of the error
 * @throws ConfigError with every problem and its place, also when the file cannot be read
 */
export async function readYamlFile<S extends z.ZodType>(
  file: string,
  schema: S,
  code: 'FIXTURE_INVALID' | 'TEST_INVALID',
): Promise<LocatedFileValue<z.output<S>>> {
  const reader = createFileReader();
  const read = await reader.read(file);
  const refuse = (problems: readonly ConfigProblem[]): never => {
    throw new ConfigError(code, problems, reader.seen);
  };
  if ('why' in read) return refuse([unreadProblem(file, read.reason, unread)]);
  const document = parseYaml(read.text);
  const source = { file, text: read.text, document };
  if (document.problems.length > 0) return refuse(document.problems.map((problem) => locateSyntax(source, problem)));
  const parsed = parseSafely(schema, document.data);
  if (!parsed.success) {
    const problems = dropEchoes(explainIssues(parsed.error.issues, schema, document.data));
    return refuse(problems.map((problem) => locateProblem(source, problem)));
  }
  return {
    file,
    directory: dirname(file),
    value: parsed.data,
    locate: (path, message, hint) =>
      locateProblem(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
}

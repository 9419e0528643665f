import { dirname } from 'node:path';
import type * as z from 'zod';
import { createFileReader } from './contents.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateProblem, locateSyntax } from './locate.js';
import { ConfigError, type ConfigPath, type ConfigProblem } from './problem.js';
import { parseSafely } from './safe-parse.js';

/** A YAML file beside the config, read and found right. */
export interface LocatedFileValue<T> {
  /** Absolute path of the file, and its folder: relative paths count from there. */
  readonly file: string;
  readonly folder: string;
  readonly value: T;
  /** Shows something else that is wrong with a part of it. */
  readonly locate: (path: ConfigPath, message: string, hint?: string) => ConfigProblem;
}

const unread = 'Name a file that exists and may be read; a path counts from the folder of what names it.';

/**
 * Reads a YAML or JSON file of a strict shape.
 *
 * @param file absolute path
 * @param code of the error
 * @throws ConfigError with every problem and its place, or that it cannot be read
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
  if ('why' in read)
    return refuse([
      { file, line: 1, column: 1, path: '', message: `cannot be read: ${read.why}`, hint: unread, excerpt: '' },
    ]);
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
    folder: dirname(file),
    value: parsed.data,
    locate: (path, message, hint) =>
      locateProblem(source, { path, at: 'value', message, severity: 'error', ...(hint === undefined ? {} : { hint }) }),
  };
}

import { dirname } from 'node:path';
import * as z from 'zod';
import { etcdSchema, type EtcdBlock } from '../etcd/schema.js';
import { createTargetKinds } from '../targets/kinds.js';
import { createFileReader } from './contents.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateProblem, locateSyntax } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { parseSafely } from './safe-parse.js';

// No target is looked at.
const noKinds = createTargetKinds([]);

const schema = z.looseObject({ etcd: etcdSchema.prefault({}) });

/**
 * The `etcd` block of a config, for commands that need nothing else of it: the rest is not judged and need not be there.
 *
 * @param file absolute path
 * @throws ConfigError: `CONFIG_NOT_FOUND` when it cannot be read, `CONFIG_INVALID` with every problem of the block
 */
export async function loadEtcdBlock(file: string): Promise<EtcdBlock> {
  const reader = createFileReader();
  const read = await reader.read(file);
  if ('why' in read) {
    const problem = { file, line: 1, column: 1, path: '', message: `cannot be read: ${read.why}`, excerpt: '' };
    throw new ConfigError('CONFIG_NOT_FOUND', [problem], reader.seen);
  }
  const document = parseYaml(read.text);
  const source = { file, text: read.text, document };
  const refuse = (problems: readonly ConfigProblem[]): ConfigError =>
    new ConfigError('CONFIG_INVALID', problems, reader.seen);
  if (document.problems.length > 0) throw refuse(document.problems.map((problem) => locateSyntax(source, problem)));
  const data = resolvePaths(document.data, dirname(file), noKinds);
  const parsed = parseSafely(schema, data);
  if (parsed.success) return parsed.data.etcd;
  const problems = dropEchoes(explainIssues(parsed.error.issues, schema, data));
  throw refuse(problems.map((problem) => locateProblem(source, problem)));
}

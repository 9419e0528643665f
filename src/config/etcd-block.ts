import { dirname } from 'node:path';
import * as z from 'zod';
import { etcdSchema, type EtcdBlock } from '../etcd/schema.js';
import { createTargetKinds } from '../targets/kinds.js';
import { createFileReader } from './contents.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateProblem, locateSyntax } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, unreadProblem, type ConfigProblem } from './problem.js';
import { parseSafely } from './safe-parse.js';

// This schema reads no targets.
const noKinds = createTargetKinds([]);

const schema = z.looseObject({ etcd: etcdSchema.prefault({}) });

/**
 * Reads the `etcd` block of a config, for commands that need nothing else. The rest of the config is not checked and may be
 * missing.
 *
 * @param file absolute path
 * @throws ConfigError: `CONFIG_NOT_FOUND` when the file cannot be read, `CONFIG_INVALID` with every problem of the block
 */
export async function loadEtcdBlock(file: string): Promise<EtcdBlock> {
  const reader = createFileReader();
  const read = await reader.read(file);
  if ('why' in read) throw new ConfigError('CONFIG_NOT_FOUND', [unreadProblem(file, read.reason)], reader.seen);
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

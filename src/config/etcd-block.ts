import { dirname } from 'node:path';
import * as z from 'zod';
import { etcdSchema, type EtcdBlock } from '../etcd/schema.js';
import { createFileReader } from './contents.js';
import { parseYaml } from './document.js';
import { dropEchoes, explainIssues } from './explain.js';
import { locateFinding, locateSyntax } from './locate.js';
import { resolvePaths } from './paths.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { parseShape } from './shape.js';

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
  if (document.findings.length > 0) throw refuse(document.findings.map((finding) => locateSyntax(source, finding)));
  const data = resolvePaths(document.data, dirname(file));
  const parsed = parseShape(schema, data);
  if (parsed.success) return parsed.data.etcd;
  const findings = dropEchoes(explainIssues(parsed.error.issues, schema, data));
  throw refuse(findings.map((finding) => locateFinding(source, finding)));
}

import { findConfig } from '../config/find.js';
import { formatProblem } from '../config/problem.js';
import { checkSurroundings } from '../wire/validate.js';
import { prepareConfig } from '../wire/prepare.js';
import { createSurroundings } from './surroundings.js';

export interface ValidateOptions {
  readonly config?: string;
  readonly offline?: true;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Says every problem with its place. Exit code 2 when the config or a template is wrong, 1 when only what surrounds it is. */
export async function validate(options: ValidateOptions): Promise<number> {
  const file = await findConfig(options.config, process.env, process.cwd());
  const { loaded } = await prepareConfig(file);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${formatProblem(warning)}\n`);
  const problems = options.offline
    ? []
    : await checkSurroundings(loaded, await createSurroundings('error'), options.timeout);
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (problems.length > 0) return 1;
  const { sources, targets } = loaded.config;
  const checked = options.offline ? 'config and templates' : 'config, templates, commands, folders and etcd';
  process.stdout.write(`${file}: ${sources.length} sources, ${targets.length} targets; ${checked} are right\n`);
  return 0;
}

import { findConfig } from '../config/find.js';
import { validateConfig } from '../wire/validate/validate.js';
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
  const offline = options.offline === true;
  const { timeout } = options;
  const diagnosis = await validateConfig(file, { offline, timeout }, await createSurroundings('silent'));
  const { config, wrong, lacking, warnings } = diagnosis;
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  for (const problem of [...wrong, ...lacking]) process.stderr.write(`${problem}\n`);
  const problems = wrong.length + lacking.length;
  if (!config || problems > 0) {
    process.stderr.write(`rollcall: ${count(problems, 'problem')}\n`);
    return wrong.length > 0 ? 2 : 1;
  }
  const checked = offline ? 'config and templates' : 'config, templates, commands, folders and etcd';
  const what = `${count(config.sources.length, 'source')}, ${count(config.targets.length, 'target')}`;
  process.stdout.write(`${file}: ${what}; ${checked} are right\n`);
  return 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

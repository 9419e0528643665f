import { findConfig } from '../../../config/find.js';
import { validateConfig } from '../../../inspect/validate/validate.js';
import { coloursOf } from '../../terminal/color.js';
import { printableLines } from '../../terminal/escape.js';
import { withProgress } from '../../terminal/spinner.js';
import { createRuntime } from '../../runtime.js';

export interface ValidateOptions {
  readonly config?: string;
  readonly offline?: true;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Prints every problem with its place in the file. Exit code 2: the config or a template is wrong. 1: only the machine or etcd is. */
export async function validate(options: ValidateOptions): Promise<number> {
  const file = await findConfig(options.config, process.env, process.cwd());
  const offline = options.offline === true;
  const { timeout } = options;
  const runtime = await createRuntime('silent');
  const diagnosing = validateConfig(file, { offline, timeout }, runtime);
  const diagnosis = await withProgress(offline ? 'checking' : 'asking etcd', diagnosing);
  const { config, wrong, lacking, warnings } = diagnosis;
  const colours = coloursOf(process.stderr);
  for (const warning of warnings) process.stderr.write(`${colours.warning('warning:')} ${printableLines(warning)}\n`);
  for (const problem of [...wrong, ...lacking]) process.stderr.write(`${printableLines(problem)}\n`);
  const problems = wrong.length + lacking.length;
  if (!config || problems > 0) {
    process.stderr.write(`rollcall: ${colours.bad(count(problems, 'problem'))}\n`);
    return wrong.length > 0 ? 2 : 1;
  }
  const checked = offline ? 'config and templates' : 'config, templates, commands, directories and etcd';
  const what = `${count(config.sources.length, 'source')}, ${count(config.targets.length, 'target')}`;
  const doubts = warnings.length === 0 ? '' : `, with ${count(warnings.length, 'warning')}`;
  process.stdout.write(`${file}: ${what}; ${checked} are right${doubts}\n`);
  return 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

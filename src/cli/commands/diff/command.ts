import { Option, type Command } from 'commander';
import type { DiffOptions } from './action.js';
import { configOption, timeoutOption } from '../../options.js';

export function declareDiff(program: Command): void {
  program
    .command('diff')
    .description(
      'show what `run` would change now, as a unified diff; writes nothing, and works while `run` is running',
    )
    .argument('[target...]', 'only these targets')
    .addOption(configOption())
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json', 'patch']).default('text'))
    .addOption(new Option('--stat', 'show only the changed outputs and their numbers of lines'))
    .addOption(timeoutOption('time for etcd to answer', '5s'))
    .addHelpText(
      'after',
      `
Exit codes: 0 everything is in step, 1 there are differences, 2 the diff failed.

Examples:
  $ rollcall diff
  $ rollcall diff nginx --stat
  $ rollcall diff -o patch > change.patch    for patch -p1 -d / and git apply`,
    )
    .action(async (targets: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./action.js');
      process.exitCode = await diff(targets, options);
    });
}

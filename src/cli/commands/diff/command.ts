import { Option, type Command } from 'commander';
import type { DiffOptions } from './action.js';
import { configOption, timeoutOption } from '../../options.js';

export function declareDiff(program: Command): void {
  program
    .command('diff')
    .description('show what `run` would change now, as a unified diff; writes nothing, and may be asked beside it')
    .argument('[target...]', 'only these targets')
    .addOption(configOption())
    .addOption(new Option('-o, --output <format>', 'how to show it').choices(['text', 'json']).default('text'))
    .addOption(new Option('--stat', 'only which outputs, and how many lines'))
    .addOption(timeoutOption('how long etcd has to answer', '5s'))
    .addHelpText(
      'after',
      `
Exit codes: 0 everything is in step, 1 there are differences, 2 they cannot be told.

Examples:
  $ rollcall diff
  $ rollcall diff nginx --stat
  $ rollcall diff > change.patch             patch(1) reads it`,
    )
    .action(async (targets: readonly string[], options: DiffOptions) => {
      const { diff } = await import('./action.js');
      process.exitCode = await diff(targets, options);
    });
}

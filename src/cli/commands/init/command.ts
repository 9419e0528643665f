import { Argument, Option, type Command } from 'commander';
import type { InitOptions } from './action.js';
import { starters, type Starter } from './starters.js';

export function declareInit(program: Command): void {
  program
    .command('init')
    .description('write a config to begin with, with a comment for each line')
    .addArgument(new Argument('[consumer]', 'what it is for').choices(starters).default('nginx'))
    .addOption(new Option('--output <file>', 'where to; - prints it').default('rollcall.yaml'))
    .addOption(new Option('--force', 'also over a file that is there'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall init
  $ rollcall init haproxy --output /etc/rollcall/rollcall.yaml`,
    )
    .action(async (consumer: Starter, options: InitOptions) => {
      const { init } = await import('./action.js');
      process.exitCode = await init(consumer, options);
    });
}

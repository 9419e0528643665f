import { Option, type Command } from 'commander';
import { addPlaceOptions } from '../running-options.js';
import type { StatusOptions } from './action.js';

export function declareStatus(program: Command): void {
  addPlaceOptions(
    program
      .command('status')
      .description('ask the running process whether its targets are in step')
      .argument('[target]', 'only this target'),
  )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'wide', 'json']).default('table'))
    .addOption(new Option('-w, --watch', 'show it again after each event until Ctrl-C'))
    .addHelpText(
      'after',
      `
Exit codes: 0 in step, 1 not in step, 2 no running process.

Examples:
  $ rollcall status
  $ rollcall status nginx -o json
  $ rollcall status --watch
  $ rollcall status --admin https://proxy-1.example.com:9117 --token-file token`,
    )
    .action(async (target: string | undefined, options: StatusOptions) => {
      const { status } = await import('./action.js');
      process.exitCode = await status(target, options);
    });
}

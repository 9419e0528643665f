import { Option, type Command } from 'commander';
import { addPlaceOptions } from '../running-options.js';
import type { EventsOptions } from './action.js';

export function declareEvents(program: Command): void {
  addPlaceOptions(program.command('events').description('show what happened in the running process'))
    .addOption(new Option('-f, --follow', 'follow the events until Ctrl-C'))
    .addOption(new Option('-o, --output <format>', 'output format').choices(['line', 'json']).default('line'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall events
  $ rollcall events --follow
  $ rollcall events --follow -o json      one JSON object a line`,
    )
    .action(async (options: EventsOptions) => {
      const { events } = await import('./action.js');
      process.exitCode = await events(options);
    });
}

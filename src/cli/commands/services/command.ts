import { Option, type Command } from 'commander';
import { configOption, outputOption, timeoutOption } from '../../options.js';
import type { ServicesOptions } from './action.js';

export function declareServices(program: Command): void {
  program
    .command('services')
    .description('show the registered instances')
    .argument('[name]', 'only this service')
    .addOption(configOption())
    .addOption(outputOption())
    .addOption(new Option('-w, --watch', 'follow the changes until Ctrl-C').conflicts('timeout'))
    .addOption(timeoutOption('time for etcd to answer', '5s'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall services
  $ rollcall services web -o json
  $ rollcall services --watch              a live table; in a pipe, one line for each change
  $ rollcall services web --watch -o json  the same for programs, one JSON object a line
  $ rollcall services -o wide              with every field, and the rejected registrations`,
    )
    .action(async (name: string | undefined, options: ServicesOptions, command: Command) => {
      if (options.watch && options.output === 'yaml')
        command.error("error: with --watch the output is 'table', 'wide' or 'json'", { exitCode: 2 });
      const { services } = await import('./action.js');
      process.exitCode = await services(name, options);
    });
}

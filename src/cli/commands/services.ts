import type { Command } from 'commander';
import { configOption, outputOption, timeoutOption } from '../options.js';
import type { ServicesOptions } from '../services.js';

export function declareServices(program: Command): void {
  program
    .command('services')
    .description('show the instances that are registered now')
    .argument('[name]', 'only this service')
    .addOption(configOption())
    .addOption(outputOption())
    .addOption(timeoutOption('how long etcd has to answer', '5s'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall services
  $ rollcall services web -o json
  $ rollcall services -o wide              with every field, and what was rejected and why`,
    )
    .action(async (name: string | undefined, options: ServicesOptions) => {
      const { services } = await import('../services.js');
      process.exitCode = await services(name, options);
    });
}

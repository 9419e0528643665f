import { Option, type Command } from 'commander';
import { configOption, timeoutOption } from '../../options.js';
import type { ValidateOptions } from './action.js';

export function declareValidate(program: Command): void {
  program
    .command('validate')
    .description('check the config, its templates, its commands and its etcd; reports every problem at once')
    .addOption(configOption())
    .addOption(new Option('--offline', 'check only the config and the templates, not this machine and etcd'))
    .addOption(timeoutOption('time for etcd, a name server, HAProxy or the API server to answer', '5s'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall validate
  $ rollcall validate --offline -c rollcall.yaml    in a pull request's checks`,
    )
    .action(async (options: ValidateOptions) => {
      const { validate } = await import('./action.js');
      process.exitCode = await validate(options);
    });
}

import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { configOption, levelOption, outputOption, timeoutOption } from './options.js';
import type { RunOptions } from './run.js';
import type { ServicesOptions } from './services.js';
import type { ValidateOptions } from './validate.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * The command line: what there is, and what runs it. A command is loaded when it is called for, and sets
 * `process.exitCode`. Nothing here ends the process: help, version and wrong usage throw CommanderError.
 */
export function createProgram(): Command {
  const program = new Command('rollcall')
    .description('Takes the roll of the services registered in etcd and writes it where their consumers read it.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(rollcall --help shows what there is)')
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well, 1 something failed, 2 the command line or the config is wrong.

Examples:
  $ rollcall validate -c rollcall.yaml    is everything in it right, and everything that it names there?
  $ rollcall run -c rollcall.yaml         keep every target in step
  $ rollcall services                     who is there now?`,
    );

  program
    .command('run')
    .description('keep every target in step with etcd, until SIGTERM; SIGHUP reads the config anew')
    .addOption(configOption())
    .addOption(new Option('--once', 'bring every target in step once, and end'))
    .addOption(timeoutOption('with --once: how long it may take', '30s'))
    .addOption(levelOption())
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall run -c /etc/rollcall/rollcall.yaml
  $ rollcall run --once --timeout 10s        as a config generator, in a script`,
    )
    .action(async (options: RunOptions) => {
      const { run } = await import('./run.js');
      process.exitCode = await run(options);
    });

  program
    .command('validate')
    .description('check the config, its templates, its commands and its etcd; says every problem at once')
    .addOption(configOption())
    .addOption(new Option('--offline', 'only what can be checked on any machine: config and templates'))
    .addOption(timeoutOption('how long etcd has to answer', '5s'))
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall validate
  $ rollcall validate --offline -c rollcall.yaml    in a pull request's checks`,
    )
    .action(async (options: ValidateOptions) => {
      const { validate } = await import('./validate.js');
      process.exitCode = await validate(options);
    });

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
      const { services } = await import('./services.js');
      process.exitCode = await services(name, options);
    });

  return program;
}

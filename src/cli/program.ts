import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { declareDiff } from './commands/diff/command.js';
import { declareRegister } from './commands/register/command.js';
import { declareRender } from './commands/render/command.js';
import { declareInit } from './commands/init/command.js';
import { declareRun } from './commands/run/command.js';
import { declareSchema } from './commands/schema/command.js';
import { declareServices } from './commands/services/command.js';
import { declareTest } from './commands/test/command.js';
import { declareValidate } from './commands/validate/command.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * The command line: what there is, and what runs it. A command is loaded when it is called for, and sets
 * `process.exitCode`. Nothing here ends the process: help, version and wrong usage throw CommanderError.
 */
export function createProgram(): Command {
  const program = new Command('rollcall')
    .description('Keeps nginx, HAProxy and DNS in step with the services registered in etcd.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(rollcall --help shows what there is)')
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well, 1 something failed, 2 the command line or the config is wrong.

Examples:
  $ rollcall init nginx                   a config to begin with
  $ rollcall validate -c rollcall.yaml    is everything in it right, and everything that it names there?
  $ rollcall run -c rollcall.yaml         keep every target in step
  $ rollcall services                     who is there now?
  $ rollcall register web :8080           register a service until SIGTERM`,
    );

  const commands = [
    declareRun,
    declareValidate,
    declareServices,
    declareRegister,
    declareDiff,
    declareRender,
    declareTest,
    declareInit,
    declareSchema,
  ];
  for (const declare of commands) declare(program);
  return program;
}

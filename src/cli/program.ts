import { Command } from 'commander';
import { readVersion } from '../build/version.js';
import { declareDiff } from './commands/diff/command.js';
import { declareRbac } from './commands/rbac/command.js';
import { declareRegister } from './commands/register/command.js';
import { declareRender } from './commands/render/command.js';
import { declareInit } from './commands/init/command.js';
import { declareRun } from './commands/run/command.js';
import { declareSchema } from './commands/schema/command.js';
import { declareServices } from './commands/services/command.js';
import { declareStatus } from './commands/status/command.js';
import { declareRelease } from './commands/release/command.js';
import { declareResync } from './commands/resync/command.js';
import { declareEvents } from './commands/events/command.js';
import { declareTest } from './commands/test/command.js';
import { declareValidate } from './commands/validate/command.js';

/**
 * Declares the command line. The code of a command is loaded when the command runs; the command sets `process.exitCode`. Help, version and
 * wrong usage throw CommanderError; nothing here ends the process.
 */
export function createProgram(): Command {
  const program = new Command('rollcall')
    .description('Keeps nginx, HAProxy, DNS and Kubernetes objects in step with the services registered in etcd.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(rollcall --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 success, 1 failure, 2 the command line or the config is wrong.

Examples:
  $ rollcall init nginx                   write a first config
  $ rollcall validate -c rollcall.yaml    check the config and what it refers to
  $ rollcall run -c rollcall.yaml         keep every target in step
  $ rollcall services                     show the registered instances
  $ rollcall status                       ask the running process whether all targets are in step
  $ rollcall register web :8080           register a service until SIGTERM`,
    );

  const commands = [
    declareRun,
    declareValidate,
    declareServices,
    declareStatus,
    declareRelease,
    declareResync,
    declareEvents,
    declareRegister,
    declareDiff,
    declareRender,
    declareTest,
    declareInit,
    declareSchema,
    declareRbac,
  ];
  for (const declare of commands) declare(program);
  return program;
}

import { Option, type Command } from 'commander';
import { configOption } from '../../options.js';
import type { RbacOptions } from './action.js';

export function declareRbac(program: Command): void {
  program
    .command('rbac')
    .description('print the least rights in a Kubernetes cluster that the config needs')
    .addOption(configOption())
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json', 'yaml']).default('table'))
    .addOption(
      new Option('--service-account <name>', 'name of the ServiceAccount and of the Roles').default('rollcall'),
    )
    .addOption(
      new Option('--namespace <name>', 'namespace of the ServiceAccount (default: kubernetes.namespace, then default)'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ rollcall rbac
  $ rollcall rbac -o yaml | kubectl apply -f -`,
    )
    .action(async (options: RbacOptions) => {
      const { rbac } = await import('./action.js');
      process.exitCode = await rbac(options);
    });
}

import { Option, type Command } from 'commander';
import { configOption } from '../../options.js';
import type { TestOptions } from './action.js';

export function declareTest(program: Command): void {
  program
    .command('test')
    .description('run template tests: files *.test.yaml with a fixture and the expected output')
    .argument('[path...]', 'files, or directories to search (default: the current directory)')
    .addOption(configOption())
    .addOption(new Option('--update', 'write the actual outputs to the expected files, and list them'))
    .addHelpText(
      'after',
      `
Exit codes: 0 every test passed, 1 a test failed, 2 a test could not run, or there is none.

Examples:
  $ rollcall test
  $ rollcall test templates/upstreams.test.yaml --update`,
    )
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { test } = await import('./action.js');
      process.exitCode = await test(paths, options);
    });
}

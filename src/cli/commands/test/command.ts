import { Option, type Command } from 'commander';
import { configOption } from '../../options.js';
import type { TestOptions } from './action.js';

export function declareTest(program: Command): void {
  program
    .command('test')
    .description('run the tests of templates: files *.test.yaml, each with a fixture and the output that it must give')
    .argument('[path...]', 'files, or folders to search (without them: this folder)')
    .addOption(configOption())
    .addOption(new Option('--update', 'write the expected outputs anew, and say which'))
    .addHelpText(
      'after',
      `
Exit codes: 0 every test passed, 1 one failed, 2 one could not be run, or there is none.

Examples:
  $ rollcall test
  $ rollcall test templates/upstreams.test.yaml --update`,
    )
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { test } = await import('./action.js');
      process.exitCode = await test(paths, options);
    });
}

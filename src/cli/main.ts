import { CommanderError } from 'commander';
import { fail } from './fail.js';
import { createProgram } from './program.js';
import { watchStdout } from './stdout.js';

/** Commands whose exit code 1 is a result: 2 is their failure. */
const withResults: ReadonlySet<string> = new Set(['diff', 'render', 'test']);
let failure = 1;

watchStdout(() => failure);
// Nothing can read standard error any more. The exit code still counts.
process.stderr.on('error', () => undefined);

createProgram()
  .hook('preAction', (_program, command) => {
    failure = withResults.has(command.name()) ? 2 : 1;
  })
  .parseAsync()
  .catch((error: unknown) => {
    // Commander has printed the problem of the command line. It throws for help and version, too.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = fail(error);
  });

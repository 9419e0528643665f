import { CommanderError } from 'commander';
import { fail } from './fail.js';
import { createProgram } from './program.js';

// In `rollcall services | head` the reader closes the pipe early. That is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : fail(error)));
// Nothing can read standard error any more. The exit code still counts.
process.stderr.on('error', () => undefined);

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    // Commander has printed the problem of the command line. It throws for help and version, too.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = fail(error);
  });

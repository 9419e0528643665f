import { CommanderError } from 'commander';
import { fail } from './fail.js';
import { createProgram } from './program.js';

// `rollcall services | head`: whoever reads has had enough, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : fail(error)));
// Nobody is left to tell; the exit code still counts.
process.stderr.on('error', () => undefined);

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    // Commander has said already what was wrong with the command line; help and version are errors to it, too.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = fail(error);
  });

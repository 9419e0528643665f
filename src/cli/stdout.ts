import { fstatSync, writeSync } from 'node:fs';
import { messageOf, RollcallError } from '../model/errors.js';
import { exitCodeOf, fail } from './fail.js';

/**
 * Ends the process when standard output cannot be written, with one message. A closed pipe ends it quietly with 0: in
 * `rollcall services | head`, the reader wants no more.
 *
 * @param failure the exit code of a failure of the running command: some commands give 1 another meaning
 */
export function watchStdout(failure: () => number): void {
  if (isFile(1)) process.stdout._write = writeWhole;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    const unwritable = new RollcallError(
      'STDOUT_UNWRITABLE',
      `standard output cannot be written: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
    fail(unwritable);
    process.exit(Math.max(failure(), exitCodeOf(unwritable)));
  });
}

/** Node.js takes a short write for a whole one: on a disk that fills up, the rest of the text would be lost without an error. */
function writeWhole(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
  let rest = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

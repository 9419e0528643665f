import { messageOf } from '../../model/errors.js';
import type { Originals } from '../../ports/journal.js';
import type { Log } from '../../ports/runtime.js';
import type { FileChange } from './diff.js';
import { locationOf, type Directories } from './directories.js';
import { readRegular } from './read.js';

/** The most bytes of a file that is kept. Files for the same consumers, written by people, are far smaller. */
const mostBytes = 4 << 20;

export interface OriginalsDeps {
  /** Undefined: nothing is kept. */
  readonly originals: Originals | undefined;
  readonly log: Log;
}

/**
 * Keeps the contents of a file that the change replaces, if this target did not make the file. Never those of a secret output: the old
 * file may hold the same secrets. It logs where a new copy is.
 *
 * @returns a caveat if the contents could not be kept
 * @throws RollcallError `STATE_UNWRITABLE`; the error of the file system
 */
export async function keepOriginal(
  { real, action, write }: FileChange,
  directories: Directories,
  { originals, log }: OriginalsDeps,
): Promise<string | undefined> {
  if (!originals || action !== 'update' || write?.foreign !== true || write.file.secret) return undefined;
  const complain = (why: string): string =>
    `the old contents of ${real} were replaced and are not kept in stateDir: ${why}`;
  let contents: Buffer | undefined;
  try {
    contents = await readRegular(await locationOf(real, directories), mostBytes);
  } catch (error) {
    return complain(messageOf(error));
  }
  if (!contents) return undefined;
  const { copy, isNew } = await originals.keep(real, contents);
  if (copy === undefined) return complain('there are many different copies of this file already');
  if (isNew)
    log.info(
      { output: real, copy },
      `${real} was not made by this target: before it is replaced, its contents are kept in ${copy}`,
    );
  return undefined;
}

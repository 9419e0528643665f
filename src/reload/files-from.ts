import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../filesystem/make-directory.js';
import { mayOthersWrite, untrusted } from '../filesystem/trust.js';

/**
 * Writes a private file that lists the outputs, each followed by a NUL (as `xargs -0 -a` and `rsync --from0` read it), calls `use` with
 * its path, and removes it afterwards. Arguments have a size limit and are visible to every user; a file has neither problem.
 *
 * @param directory the target's own, created (mode 0700) if it is missing. It holds one list at a time: the next list replaces the one
 * that a killed process left.
 * @throws RollcallError `PATH_UNTRUSTED` for a directory that others may write; the error of the file system.
 */
export async function withFilesFrom<T>(
  outputs: readonly string[],
  directory: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  // Synchronous: the reload waits for it, and one trip through the thread pool takes longer than all of these calls.
  let stats = lstatSync(directory, { throwIfNoEntry: false });
  if (!stats) {
    await makeDirectory(directory, 0o700);
    stats = lstatSync(directory);
  }
  if (!stats.isDirectory() || mayOthersWrite(stats))
    throw untrusted(`${directory} is not a directory that only root and the user of rollcall may write`);
  const path = join(directory, 'outputs');
  // The list is replaced, not overwritten: a command that outlived a killed rollcall may still read the old one. The new file is created
  // exclusively, so never through a link. Only a killed rollcall can have left a file of that name.
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, outputs.map((output) => `${output}\0`).join(''), { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
  try {
    return await use(path);
  } finally {
    rmSync(path, { force: true });
  }
}

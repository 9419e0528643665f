import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../filesystem/make-directory.js';
import { mayOthersWrite, untrusted } from '../filesystem/trust.js';

/**
 * Lends a private file that lists the outputs, each followed by a NUL (as `xargs -0 -a` and `rsync --from0` read it),
 * and removes it afterwards. An argv has a size limit and is visible to every user; a file is neither.
 *
 * @param folder the target's own, made (mode 0700) when it is missing. It holds one list at a time: the next list replaces the one
 * that a killed process left.
 * @throws RollcallError `PATH_UNTRUSTED` for a folder that others may write; what the file system says.
 */
export async function withFilesFrom<T>(
  outputs: readonly string[],
  folder: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  // Synchronous: the consumer waits for it, and one trip through the thread pool takes longer than all of these calls.
  let there = lstatSync(folder, { throwIfNoEntry: false });
  if (!there) {
    await makeDirectory(folder, 0o700);
    there = lstatSync(folder);
  }
  if (!there.isDirectory() || mayOthersWrite(there))
    throw untrusted(`${folder} is not a folder that only root and the user of rollcall may write`);
  const path = join(folder, 'outputs');
  // Replaced, not overwritten: a command that outlived a killed rollcall may still be reading the old one.
  // Created anew, and so never through a link. No other user can have put anything there, but a killed rollcall may have.
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, outputs.map((output) => `${output}\0`).join(''), { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
  try {
    return await use(path);
  } finally {
    rmSync(path, { force: true });
  }
}

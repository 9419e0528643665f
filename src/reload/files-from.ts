import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../directory.js';

/**
 * Lends a private file that lists the outputs, each followed by a NUL (as `xargs -0 -a` and `rsync --from0` read it),
 * and removes it afterwards. An argv has a size limit and is visible to every user; a file is neither.
 *
 * @param folder the target's own, made (mode 0700) when it is missing. One list at a time lies in it, so that what a killed
 * process left is replaced by the next, and never adds up.
 * @throws what the file system says.
 */
export async function withFilesFrom<T>(
  outputs: readonly string[],
  folder: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  // At once: the consumer waits for it, and each way through the thread pool takes longer than all of these.
  if (!existsSync(folder)) await makeDirectory(folder, 0o700);
  const path = join(folder, 'outputs');
  // Replaced, not overwritten: a command that outlived a killed rollcall may still be reading the old one.
  writeFileSync(`${path}.new`, outputs.map((output) => `${output}\0`).join(''), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  try {
    return await use(path);
  } finally {
    rmSync(path, { force: true });
  }
}

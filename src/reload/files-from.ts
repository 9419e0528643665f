import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Lends a private file that lists the outputs, each followed by a NUL (as `xargs -0 -a` and `rsync --from0` read it),
 * and removes it afterwards. An argv has a size limit and is visible to every user; a file is neither.
 *
 * @param folder where the file's own folder (mode 0700) is made.
 * @throws what the file system says.
 */
export async function withFilesFrom<T>(
  outputs: readonly string[],
  folder: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const own = await mkdtemp(join(folder, 'rollcall-'));
  try {
    const path = join(own, 'files');
    await writeFile(path, outputs.map((output) => `${output}\0`).join(''), { mode: 0o600 });
    return await use(path);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the directory and those above it that are missing; one that is there is left as it is. Other than with Node's
 * `recursive`, which never comes back from there, a place that takes no directories and answers ENOENT (below /proc)
 * is an error like any other.
 *
 * @param mode of every directory that is made, before the umask
 * @throws what the file system says: EEXIST or ENOTDIR when a file is in the way
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const parent = dirname(path);
    if (parent === path) throw error;
    await makeDirectory(parent, mode);
    // It is there now: what the file system says this time holds.
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

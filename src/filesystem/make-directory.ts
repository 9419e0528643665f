import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates the directory and its missing parents. An existing directory is left unchanged. Where a file system refuses new
 * directories with ENOENT (below /proc), this rejects; Node's `recursive` option would never return.
 *
 * @param mode the mode of every new directory, before the umask
 * @throws the error of the file system; EEXIST or ENOTDIR when a file is in the way
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const parent = dirname(path);
    if (parent === path) throw error;
    await makeDirectory(parent, mode);
    // The parent exists now, so an error of this attempt is final.
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

import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { randomName } from '../../filesystem/temporary-name.js';
import { makeDirectory } from '../../directory.js';

/** An output as a test expects it. */
export interface Expected {
  /** Absolute; absent when the text stands in the test itself. */
  readonly path?: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
}

/**
 * @param said a text with a line break in it, or an empty one, is the output itself; any other the path of it
 * @param folder that the path counts from
 */
export async function readExpected(said: string, folder: string): Promise<Expected> {
  if (said === '' || said.includes('\n')) return { text: said };
  const path = resolve(folder, said);
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, text: undefined };
    throw error;
  }
}

/** Replaces the file whole, or makes it and its folder; who reads it meanwhile has the old text or the new. */
export async function writeExpected(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await makeDirectory(folder);
  const mode = await stat(path).then(
    (stats) => stats.mode & 0o7777,
    () => 0o644,
  );
  const temporary = join(folder, `.rollcall-${randomName()}.new`);
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

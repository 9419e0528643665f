import { resolve } from 'node:path';
import { readUpTo } from '../../filesystem/bounded.js';
import { putFile } from '../../filesystem/put.js';
import { openTrusted } from '../../filesystem/read.js';

// Far more than an output of 100,000 instances has.
const MOST_BYTES = 64 << 20;

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
 * @throws RollcallError `PATH_UNTRUSTED` by the rules of src/filesystem; what the file system says
 */
export async function readExpected(said: string, folder: string): Promise<Expected> {
  if (said === '' || said.includes('\n')) return { text: said };
  const path = resolve(folder, said);
  try {
    return { path, text: await readText(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, text: undefined };
    throw error;
  }
}

/**
 * Replaces the file whole, or makes it and its folder; a program that reads it meanwhile has the old text or the new.
 *
 * @throws as `putFile`
 */
export function writeExpected(path: string, text: string): Promise<void> {
  return putFile(path, text, { existing: 'replace', makeDirectories: true });
}

async function readText(path: string): Promise<string> {
  const file = await openTrusted(path);
  try {
    const bytes = await readUpTo(file, MOST_BYTES);
    if (bytes === undefined) throw new Error(`${path} is longer than ${MOST_BYTES >> 20} MiB`);
    return bytes.toString();
  } finally {
    await file.close();
  }
}

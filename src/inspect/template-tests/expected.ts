import { resolve } from 'node:path';
import { readUpTo } from '../../filesystem/bounded.js';
import { putFile } from '../../filesystem/put.js';
import { openTrusted } from '../../filesystem/read.js';

// Far more than the size of an output with 100,000 instances.
const MOST_BYTES = 64 << 20;

/** The expected output of a test. */
export interface ExpectedOutput {
  /** Absolute; absent when the test itself has the text. */
  readonly path?: string;
  /** Undefined when there is no such file. */
  readonly text: string | undefined;
}

/**
 * Reads the expected output of a test.
 *
 * @param expectation a text with a line break, or an empty text, is the output itself; any other text is the path of a file
 * @param directory the directory from which a relative path counts
 * @throws RollcallError `PATH_UNTRUSTED` by the rules of src/filesystem; the error of the file system
 */
export async function readExpected(expectation: string, directory: string): Promise<ExpectedOutput> {
  if (expectation === '' || expectation.includes('\n')) return { text: expectation };
  const path = resolve(directory, expectation);
  try {
    return { path, text: await readText(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, text: undefined };
    throw error;
  }
}

/**
 * Replaces the file, or creates it and its directory. A program that reads it meanwhile gets the old or the new text, whole.
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

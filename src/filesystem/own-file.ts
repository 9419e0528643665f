import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { mayOthersWrite, showPermissions } from './trust.js';

/** The text of a file, or one clause on why it is not believed. */
export type OwnFileText = { readonly text: string } | { readonly problem: string };

/**
 * Reads a file that only root or this user can have written, in a folder in which nobody else may write. No link is followed and
 * nothing is waited for: a FIFO in its place is a problem like any other.
 *
 * @returns undefined when there is none
 * @throws what the file system says
 */
export function readOwnFile(path: string): OwnFileText | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return { problem: 'it is a link' };
    // A socket cannot be opened.
    if (code === 'ENXIO') return { problem: 'it is no regular file' };
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { problem: 'it is no regular file' };
    if (mayOthersWrite(stats)) return { problem: `others may write it (${showPermissions(stats)})` };
    return { text: readFileSync(file, 'utf8') };
  } finally {
    closeSync(file);
  }
}

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { mayOthersWrite, showPermissions } from './trust.js';

/** The text of a file, or one clause that says why the file is not trusted. */
export type OwnFileText = { readonly text: string } | { readonly problem: string };

/**
 * Reads a file if only root or this user could have written it. The caller makes sure that no other user may write to its
 * directory. It follows no link and never blocks: a FIFO in the place of the file is a `problem`.
 *
 * @returns undefined when there is no such file
 * @throws the error of the file system
 */
export function readOwnFile(path: string): OwnFileText | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return { problem: 'it is a symbolic link' };
    // open(2) fails with ENXIO for a socket.
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

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomName } from '../../filesystem/temporary-name.js';
import { codeOf, ifThere, outputError } from './failure.js';
import type { DirectoryHandle, Directories } from './directories.js';

/**
 * Names of the files that are beside outputs during a change. They begin with a dot, so that globs (`conf.d/*`) and directory
 * readers (HAProxy's `-f dir`) ignore them. Then comes a hash of the target and its stateDir, so that a later process
 * recognizes its own files. The rest is random, so that no other user can create the file first.
 */
export interface TempFiles {
  /** A path for the new file before the swap. */
  temporary(directory: string): string;
  /** A path for the old file after the swap. */
  backup(directory: string): string;
  /** Whether `temporary` or `backup` could have made this path in this directory. */
  isTempFile(path: string, directory: string): boolean;
  /**
   * Removes all files and links with such names from these directories. A missing directory is ignored. Entries of another type
   * stay, because rollcall did not create them.
   */
  sweep(paths: Iterable<string>, directories: Directories): Promise<void>;
}

/** @param scratch the target's own directory below the stateDir: the names contain a hash of it */
export function createTempFiles(scratch: string): TempFiles {
  const prefix = `.rollcall-${createHash('sha256').update(scratch).digest('hex').slice(0, 8)}-`;
  return {
    temporary: (directory) => join(directory, `${prefix}${randomName()}.new`),
    backup: (directory) => join(directory, `${prefix}${randomName()}.old`),
    isTempFile: (path, directory) =>
      path === join(directory, basename(path)) && dirname(path) === directory && basename(path).startsWith(prefix),
    async sweep(paths, directories) {
      for (const path of new Set(paths)) {
        try {
          const directory = await ifThere(directories.open(path));
          if (directory) await sweepOne(directory, prefix);
        } catch (error) {
          throw outputError(error, `cannot remove old temporary files in ${path}`);
        }
      }
    },
  };
}

async function sweepOne({ at, calls }: DirectoryHandle, prefix: string): Promise<void> {
  for (const name of await readdir(at('.'))) {
    if (!name.startsWith(prefix)) continue;
    const stats = await ifThere(calls.lstat(at(name)));
    if (!stats || !(stats.isFile() || stats.isSymbolicLink())) continue;
    try {
      await ifThere(calls.unlink(at(name)));
    } catch (error) {
      // In a sticky directory, the file of another user cannot be removed. This target did not create such a file.
      if (codeOf(error) !== 'EPERM' || Number(stats.uid) === process.geteuid?.()) throw error;
    }
  }
}

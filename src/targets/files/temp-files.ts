import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomName } from '../../filesystem/temporary-name.js';
import { codeOf, ifThere, outputError } from './failure.js';
import type { DirectoryHandle, Directories } from './directories.js';

/**
 * Names of the files that lie beside outputs during a change. They begin with a dot, so that globs (`conf.d/*`) and
 * directory readers (HAProxy's `-f dir`) pass them by, and with a mark of their target and stateDir, so that a later
 * process knows them for its own. What follows is random, so that no other user can be there first.
 */
export interface TempFiles {
  /** A name for the new file before the swap. */
  temporary(directory: string): string;
  /** One for the old file after it. */
  backup(directory: string): string;
  /** Is it a path that one of the two could have made in this directory? */
  isTempFile(path: string, directory: string): boolean;
  /**
   * Removes all files and links of such names from the directories at these paths; one that is missing has none. What else bears such
   * a name was put there by others, and is left.
   */
  sweep(paths: Iterable<string>, directories: Directories): Promise<void>;
}

/** @param scratch the target's directory below the stateDir, as what the mark in the names is made of */
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
          throw outputError(error, `cannot tidy ${path}`);
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
      // In a sticky directory another user's file cannot be removed: it is none that we left.
      if (codeOf(error) !== 'EPERM' || Number(stats.uid) === process.geteuid?.()) throw error;
    }
  }
}

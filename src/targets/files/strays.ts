import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, outputError } from './failure.js';

/**
 * Names of the files that lie beside outputs during a change. They begin with a dot, so that globs (`conf.d/*`) and
 * directory readers (HAProxy's `-f dir`) pass them by, and with a mark of their target and stateDir, so that a later
 * process knows them for its own.
 */
export interface Strays {
  /** The new file before the swap. */
  temporary(directory: string, path: string): string;
  /** The old one after it. */
  backup(directory: string, path: string): string;
  /** Removes all of them from the directories; one that is missing has none. */
  sweep(directories: Iterable<string>): Promise<void>;
}

/** @param scratch the target's directory below the stateDir, as what the mark is made of */
export function nameStrays(scratch: string): Strays {
  const prefix = `.rollcall-${shortHash(scratch, 8)}-`;
  // Both names of a path are asked for one after the other.
  let last = { path: '', hash: '' };
  const name = (directory: string, path: string, ending: string): string => {
    if (path !== last.path) last = { path, hash: shortHash(path, 16) };
    return join(directory, `${prefix}${last.hash}.${ending}`);
  };
  return {
    temporary: (directory, path) => name(directory, path, 'new'),
    backup: (directory, path) => name(directory, path, 'old'),
    async sweep(directories) {
      for (const directory of new Set(directories)) {
        try {
          const names = await readdir(directory);
          for (const each of names) if (each.startsWith(prefix)) await rm(join(directory, each), { force: true });
        } catch (error) {
          if (codeOf(error) !== 'ENOENT') throw outputError(error, `cannot tidy ${directory}`);
        }
      }
    },
  };
}

function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

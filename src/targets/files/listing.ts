import { opendir } from 'node:fs/promises';
import type { DirectoryHandle, FileLocation } from './directories.js';

/** Shows of many files of a fan-out that nothing is there, without a call for each of them. */
export interface Listings {
  /**
   * Whether nothing is at this name, as of the first question about its directory. False also means that it is not known: the
   * caller then looks at the file itself.
   */
  lacks(location: FileLocation): Promise<boolean>;
}

/** For fewer files, looking at each of them costs less than a list. */
const leastFiles = 64;
/** Entries read at once. */
const bufferSize = 1024;

/**
 * A name that means the same entry on every file system, except for the case of its letters. FAT ignores dots at the end and has second names
 * with a tilde; others compare the letters of other alphabets by rules of their own.
 */
const plainName = /^[\w.-]*\w$/;

/**
 * Lists each directory at most once, at the first question. It reads at most twice as many entries as there are files, so the cost is never
 * that of a large directory with few files.
 *
 * @param files the number of files that are looked at
 */
export function createListings(files: number): Listings {
  const known = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  return {
    async lacks({ directory, name }) {
      if (files < leastFiles || !plainName.test(name)) return false;
      let listed = known.get(directory.real);
      if (!listed) known.set(directory.real, (listed = listNames(directory, 2 * files)));
      return (await listed)?.has(name.toLowerCase()) === false;
    },
  };
}

/** The names in lower case; undefined when there are more than `most`, or names that may mean a file under another name, or no permission. */
async function listNames({ at }: DirectoryHandle, most: number): Promise<ReadonlySet<string> | undefined> {
  const names = new Set<string>();
  try {
    for await (const { name } of await opendir(at('.'), { bufferSize })) {
      if (names.size === most || !isAscii(name)) return undefined;
      names.add(name.toLowerCase());
    }
  } catch {
    return undefined;
  }
  return names;
}

function isAscii(name: string): boolean {
  return Buffer.byteLength(name) === name.length;
}

import { basename, dirname } from 'node:path';
import { showPathsInError, showPaths } from '../../filesystem/show-paths.js';
import { locateFile, openDirectory, type Directory } from '../../filesystem/walk.js';
import type { Calls, Disks } from './calls.js';
import { codeOf } from './failure.js';

/** A folder that was walked to, and how calls are made in it. */
export interface Folder {
  /** Absolute, without links. */
  readonly real: string;
  readonly calls: Calls;
  /** By which path a call reaches an entry; `.` is the folder itself. */
  readonly at: (name: string) => string;
  /** May another than root and us make names here? */
  mayOthersWrite(): Promise<boolean>;
}

/** A file in its folder. */
export interface Spot {
  readonly folder: Folder;
  readonly name: string;
}

/**
 * The folders that one pass of a target works in. Each is walked to once, by the rules of src/filesystem, and stays the same
 * until the pass ends, whatever becomes of the way to it.
 */
export interface Places {
  /**
   * @param make the mode with which missing folders are made; default: they are not
   * @throws RollcallError `PATH_UNTRUSTED`; what the file system says
   */
  open(directory: string, make?: number): Promise<Folder>;
  /** The same for the folder of a file; undefined when that is not there. */
  spot(path: string): Promise<Spot | undefined>;
  /** Where a file lies whose path is a link, by the rules. */
  follow(path: string): Promise<Spot>;
  /** The text, with paths that people know in the place of those that calls are made with. */
  explain(text: string): string;
}

/** Opens the folders of one pass and closes them after it. Errors name the configured paths, not descriptors. */
export async function withPlaces<T>(disks: Disks, pass: (places: Places) => Promise<T>): Promise<T> {
  const known = new Map<string, Promise<Folder>>();
  const open = new Map<string, Directory>();
  const folderOf = (directory: Directory, calls: Calls): Folder => {
    const { path: real, at } = directory;
    return { real, calls, at, mayOthersWrite: () => directory.mayOthersWrite() };
  };

  /** One descriptor for each folder, however many ways lead there. */
  async function keep(directory: Directory): Promise<Directory> {
    const before = open.get(directory.path);
    if (!before) open.set(directory.path, directory);
    else await directory.close();
    return before ?? directory;
  }

  async function walkTo(path: string, make: number | undefined): Promise<Folder> {
    const calls = await disks.callsIn(path);
    const directory = await keep(
      await openDirectory(path, { calls: calls.folders, ...(make === undefined ? {} : { makeMode: make }) }),
    );
    // What was made just now lies on a disk that is known only now.
    return folderOf(directory, make === undefined ? calls : await disks.callsIn(directory.path));
  }

  const places: Places = {
    open(path, make) {
      const before = known.get(path);
      if (before) return before;
      const walked = walkTo(path, make);
      known.set(path, walked);
      // What failed may be there the next time.
      walked.catch(() => known.delete(path));
      return walked;
    },
    async spot(path) {
      try {
        return await spotOf(path, places);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
        throw error;
      }
    },
    async follow(path) {
      const calls = await disks.callsIn(dirname(path));
      const { directory, name } = await locateFile(path, { calls: calls.folders });
      const kept = await keep(directory);
      return { folder: folderOf(kept, await disks.callsIn(kept.path)), name };
    },
    explain: (text) => showPaths(text, pathOf),
  };

  try {
    return await pass(places);
  } catch (error) {
    throw showPathsInError(error, pathOf);
  } finally {
    for (const directory of open.values()) await directory.close();
  }

  function pathOf(descriptor: number): string | undefined {
    return [...open.values()].find((directory) => directory.descriptor === descriptor)?.path;
  }
}

/** A file in its folder, which has to be there. @throws as `Places.open` */
export async function spotOf(path: string, places: Places): Promise<Spot> {
  return { folder: await places.open(dirname(path)), name: basename(path) };
}

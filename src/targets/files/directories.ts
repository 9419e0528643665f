import { basename, dirname } from 'node:path';
import { showPathsInError, showPaths } from '../../filesystem/show-paths.js';
import { locateFile, openDirectory, type Directory } from '../../filesystem/walk.js';
import type { Calls, Disks } from './calls.js';
import { codeOf } from './failure.js';

/** An open directory, and the calls to use in it. */
export interface DirectoryHandle {
  /** Absolute, without links. */
  readonly real: string;
  readonly calls: Calls;
  /** The path of an entry for a call; `.` is the directory itself. */
  readonly at: (name: string) => string;
  /** Whether users other than root and the user of rollcall may create entries here. */
  mayOthersWrite(): Promise<boolean>;
}

/** A file in its directory. */
export interface FileLocation {
  readonly directory: DirectoryHandle;
  readonly name: string;
}

/**
 * The directories of one pass of a target. Each is opened once, by the rules of src/filesystem, and stays the same directory
 * until the pass ends, even if its path leads to another directory meanwhile.
 */
export interface Directories {
  /**
   * Opens a directory.
   *
   * @param make the mode for missing directories, which are then created. Default: a missing directory is an error.
   * @throws RollcallError `PATH_UNTRUSTED`; the error of the file system
   */
  open(directory: string, make?: number): Promise<DirectoryHandle>;
  /** The location of a file; undefined when its directory does not exist. */
  find(path: string): Promise<FileLocation | undefined>;
  /** The location of the file that a link leads to, by the rules of src/filesystem. */
  follow(path: string): Promise<FileLocation>;
  /** Replaces the paths of descriptors in a text by the configured paths. */
  explain(text: string): string;
}

/** Runs one pass and closes its directories after it. Errors name the configured paths, not descriptors. */
export async function withDirectories<T>(disks: Disks, pass: (directories: Directories) => Promise<T>): Promise<T> {
  const known = new Map<string, Promise<DirectoryHandle>>();
  const open = new Map<string, Directory>();
  const handleOf = (directory: Directory, calls: Calls): DirectoryHandle => {
    const { path: real, at } = directory;
    let others: Promise<boolean> | undefined;
    return { real, calls, at, mayOthersWrite: () => (others ??= directory.mayOthersWrite()) };
  };

  /** Keeps one descriptor for each directory, even if several paths lead to it. */
  async function keep(directory: Directory): Promise<Directory> {
    const before = open.get(directory.path);
    if (!before) open.set(directory.path, directory);
    else await directory.close();
    return before ?? directory;
  }

  async function walkTo(path: string, make: number | undefined): Promise<DirectoryHandle> {
    const calls = await disks.callsIn(path);
    const directory = await keep(
      await openDirectory(path, { calls: calls.directories, ...(make === undefined ? {} : { makeMode: make }) }),
    );
    // The disk of a directory that was just created is known only now.
    return handleOf(directory, make === undefined ? calls : await disks.callsIn(directory.path));
  }

  const directories: Directories = {
    open(path, make) {
      const before = known.get(path);
      if (before) return before;
      const walked = walkTo(path, make);
      known.set(path, walked);
      // A directory that is missing now may exist at the next call.
      walked.catch(() => known.delete(path));
      return walked;
    },
    async find(path) {
      try {
        return await locationOf(path, directories);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
        throw error;
      }
    },
    async follow(path) {
      const calls = await disks.callsIn(dirname(path));
      const { directory, name } = await locateFile(path, { calls: calls.directories });
      const kept = await keep(directory);
      return { directory: handleOf(kept, await disks.callsIn(kept.path)), name };
    },
    explain: (text) => showPaths(text, pathOf),
  };

  try {
    return await pass(directories);
  } catch (error) {
    throw showPathsInError(error, pathOf);
  } finally {
    for (const directory of open.values()) await directory.close();
  }

  function pathOf(descriptor: number): string | undefined {
    return [...open.values()].find((directory) => directory.descriptor === descriptor)?.path;
  }
}

/** The location of a file, whose directory must exist. @throws as `Directories.open` */
export async function locationOf(path: string, directories: Directories): Promise<FileLocation> {
  return { directory: await directories.open(dirname(path)), name: basename(path) };
}

import { basename, dirname } from 'node:path';
import { showPathsInError, showPaths } from '../../filesystem/show-paths.js';
import { locateFile, openDirectory, type Directory } from '../../filesystem/walk.js';
import type { Calls, Disks } from './calls.js';
import { codeOf } from './failure.js';

/** A directory that was walked to, and how calls are made in it. */
export interface DirectoryHandle {
  /** Absolute, without links. */
  readonly real: string;
  readonly calls: Calls;
  /** By which path a call reaches an entry; `.` is the directory itself. */
  readonly at: (name: string) => string;
  /** Whether users besides root and the user of rollcall may make names here. */
  mayOthersWrite(): Promise<boolean>;
}

/** A file in its directory. */
export interface FileLocation {
  readonly directory: DirectoryHandle;
  readonly name: string;
}

/**
 * The folders that one pass of a target works in. Each is walked to once, by the rules of src/filesystem, and stays the same
 * until the pass ends, even if the path comes to lead elsewhere.
 */
export interface Directories {
  /**
   * @param make the mode with which missing folders are made; default: they are not
   * @throws RollcallError `PATH_UNTRUSTED`; what the file system says
   */
  open(directory: string, make?: number): Promise<DirectoryHandle>;
  /** A file in its directory; undefined when the directory is not there. */
  find(path: string): Promise<FileLocation | undefined>;
  /** Where a file lies whose path is a link, by the rules. */
  follow(path: string): Promise<FileLocation>;
  /** The text with configured paths in the place of those that calls are made with. */
  explain(text: string): string;
}

/** Opens the folders of one pass and closes them after it. Errors name the configured paths, not descriptors. */
export async function withDirectories<T>(disks: Disks, pass: (directories: Directories) => Promise<T>): Promise<T> {
  const known = new Map<string, Promise<DirectoryHandle>>();
  const open = new Map<string, Directory>();
  const handleOf = (directory: Directory, calls: Calls): DirectoryHandle => {
    const { path: real, at } = directory;
    return { real, calls, at, mayOthersWrite: () => directory.mayOthersWrite() };
  };

  /** One descriptor for each directory, however many ways lead there. */
  async function keep(directory: Directory): Promise<Directory> {
    const before = open.get(directory.path);
    if (!before) open.set(directory.path, directory);
    else await directory.close();
    return before ?? directory;
  }

  async function walkTo(path: string, make: number | undefined): Promise<DirectoryHandle> {
    const calls = await disks.callsIn(path);
    const directory = await keep(
      await openDirectory(path, { calls: calls.folders, ...(make === undefined ? {} : { makeMode: make }) }),
    );
    // What was made just now lies on a disk that is known only now.
    return handleOf(directory, make === undefined ? calls : await disks.callsIn(directory.path));
  }

  const directories: Directories = {
    open(path, make) {
      const before = known.get(path);
      if (before) return before;
      const walked = walkTo(path, make);
      known.set(path, walked);
      // What failed may be there the next time.
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
      const { directory, name } = await locateFile(path, { calls: calls.folders });
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

/** A file in its directory, which has to be there. @throws as `Directories.open` */
export async function locationOf(path: string, directories: Directories): Promise<FileLocation> {
  return { directory: await directories.open(dirname(path)), name: basename(path) };
}

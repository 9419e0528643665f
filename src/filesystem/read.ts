import { constants, type Stats } from 'node:fs';
import { access, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { directoryCallsFor } from './directory-calls.js';
import { showPathsInError, showFileInError } from './show-paths.js';
import { codeOf } from './rules.js';
import { mayOthersWrite, showPermissions, untrusted, whyOthersControl } from './trust.js';
import { locateFile, type LocatedFile } from './walk.js';

export interface ReadOptions {
  /** Refuse a file that users other than root and ours may write. For secrets and other files that are used unseen. */
  readonly notWritableByOthers?: boolean;
  /** Refuse a file by the rule of `whyOthersControl`. For files that decide what rollcall runs and writes. */
  readonly notControlledByOthers?: boolean;
}

/**
 * Reads a file at a path that follows the rules of `openDirectory` and `locateFile`. It never waits for a writer: it refuses
 * anything but regular files, except through a link of the kernel (/dev/stdin, /dev/fd/N).
 *
 * @param path absolute
 * @throws RollcallError `PATH_UNTRUSTED`; the error of the file system
 */
export async function readTrusted(path: string, options: ReadOptions = {}): Promise<Buffer> {
  const file = await openTrusted(path, options);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Opens a file for reading, by the rules of `readTrusted`.
 *
 * @throws as `readTrusted`
 */
export async function openTrusted(path: string, options: ReadOptions = {}): Promise<FileHandle> {
  return (await openWithDirectory(path, options)).file;
}

/** A file that is open for reading, with its directory. */
export interface FileInDirectory {
  readonly file: FileHandle;
  /** Undefined for a file that a link of the kernel leads to. */
  readonly directory: Stats | undefined;
}

/**
 * Opens a file by the rules of `readTrusted`, and returns the owner and mode of its directory too.
 *
 * @throws as `readTrusted`
 */
export async function openWithDirectory(path: string, options: ReadOptions = {}): Promise<FileInDirectory> {
  const located = await locateFile(path, { calls: await directoryCallsFor(dirname(path)) }).catch((error: unknown) => {
    throw showFileInError(error, path);
  });
  try {
    const directoryStats = located.kernelLink ? undefined : await stat(located.directory.at('.'));
    return { file: await openLocated(located, path, directoryStats, options), directory: directoryStats };
  } catch (error) {
    throw showPathsInError(error, (descriptor) =>
      descriptor === located.directory.descriptor ? located.directory.path : undefined,
    );
  } finally {
    await located.directory.close();
  }
}

async function openLocated(
  { directory, name, kernelLink }: LocatedFile,
  path: string,
  directoryStats: Stats | undefined,
  { notWritableByOthers = false, notControlledByOthers = false }: ReadOptions,
): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(directory.at(name), kernelLink ? O_RDONLY : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw isDirectoryError();
    if (!stats.isFile() && !kernelLink) throw untrusted(`${path} is no regular file, but a pipe, a socket or a device`);
    if (notWritableByOthers && mayOthersWrite(stats) && !(await isReadOnly(directory.at(name))))
      throw untrusted(
        `others than root and the user of rollcall may write ${path} (${showPermissions(stats)})`,
        'The file was not read. Make root or the user of rollcall its owner, and take write permission from all other users (chmod go-w).',
      );
    // The parent process opened a file that comes through a descriptor. A pipe among these belongs to that process.
    const why = notControlledByOthers && stats.isFile() ? whyOthersControl(stats, directoryStats) : undefined;
    if (why !== undefined && !(await isReadOnly(directory.at(name))))
      throw untrusted(
        `${path} decides what rollcall does, and ${why}: make root or the user of rollcall the owner of the file and its directory, and take write permission from all other users (chown, chmod go-w)`,
      );
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** On a read-only mount, the mode does not matter: no user can write. */
function isReadOnly(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => false,
    (error: unknown) => codeOf(error) === 'EROFS',
  );
}

/** The error that reading a directory would give. It has no path. */
function isDirectoryError(): Error {
  return Object.assign(new Error('EISDIR: illegal operation on a directory, read'), {
    code: 'EISDIR',
    syscall: 'read',
  });
}

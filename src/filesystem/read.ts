import { constants, type Stats } from 'node:fs';
import { access, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { directoryCallsFor } from './directory-calls.js';
import { showPathsInError, showFileInError } from './show-paths.js';
import { codeOf } from './rules.js';
import { mayOthersWrite, showPermissions, untrusted, whyOthersControl } from './trust.js';
import { locateFile, type LocatedFile } from './walk.js';

export interface ReadOptions {
  /** Refuse a file that another than root and our user may write: for what is believed without being looked at. */
  readonly notWritableByOthers?: boolean;
  /** Refuse a file by the rule of `whySteered`: for what decides what rollcall runs and writes. */
  readonly notControlledByOthers?: boolean;
}

/**
 * A file's contents, reached by the rules of `openDirectory` and `findPlace`. It never waits for a writer: what is no regular file is
 * refused, unless the kernel itself leads to it (/dev/stdin, /dev/fd/N).
 *
 * @param path absolute
 * @throws RollcallError `PATH_UNTRUSTED`; what the file system says
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
 * The same file, open for reading.
 *
 * @throws as `readTrusted`
 */
export async function openTrusted(path: string, options: ReadOptions = {}): Promise<FileHandle> {
  return (await openWithDirectory(path, options)).file;
}

/** A file that is open for reading, and the folder where it lies; undefined when the kernel itself led to it. */
export interface FileInDirectory {
  readonly file: FileHandle;
  readonly directory: Stats | undefined;
}

/**
 * The same, with what tells who may change the folder.
 *
 * @throws as `readTrusted`
 */
export async function openWithDirectory(path: string, options: ReadOptions = {}): Promise<FileInDirectory> {
  const place = await locateFile(path, { calls: await directoryCallsFor(dirname(path)) }).catch((error: unknown) => {
    throw showFileInError(error, path);
  });
  try {
    const folder = place.kernelLink ? undefined : await stat(place.directory.at('.'));
    return { file: await openLocated(place, path, folder, options), directory: folder };
  } catch (error) {
    throw showPathsInError(error, (descriptor) =>
      descriptor === place.directory.descriptor ? place.directory.path : undefined,
    );
  } finally {
    await place.directory.close();
  }
}

async function openLocated(
  { directory, name, kernelLink }: LocatedFile,
  path: string,
  folder: Stats | undefined,
  { notWritableByOthers: unwritable = false, notControlledByOthers: unsteered = false }: ReadOptions,
): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(directory.at(name), kernelLink ? O_RDONLY : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw isDirectoryError();
    if (!stats.isFile() && !kernelLink) throw untrusted(`${path} is no regular file, but a pipe, a socket or a device`);
    if (unwritable && mayOthersWrite(stats) && !(await isReadOnly(directory.at(name))))
      throw untrusted(
        `others than root and the user of rollcall may write ${path} (${showPermissions(stats)})`,
        'It was not read. Give the file to root or to the user of rollcall, and take write permission from all others (chmod go-w).',
      );
    // What came through a descriptor was opened by those who started us. A pipe among these belongs to its maker.
    const why = unsteered && stats.isFile() ? whyOthersControl(stats, folder) : undefined;
    if (why !== undefined && !(await isReadOnly(directory.at(name))))
      throw untrusted(
        `${path} decides what rollcall does, and ${why}: give the file and its folder to root or to the user of rollcall, and take write permission from all others (chown, chmod go-w)`,
      );
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** On a file system that is mounted read-only, modes say nothing. */
function isReadOnly(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => false,
    (error: unknown) => codeOf(error) === 'EROFS',
  );
}

/** As reading it would say: without a path. */
function isDirectoryError(): Error {
  return Object.assign(new Error('EISDIR: illegal operation on a directory, read'), {
    code: 'EISDIR',
    syscall: 'read',
  });
}

import { constants, type Stats } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { RollcallError } from '../model/errors.js';
import { explainUnwritten } from '../model/file-error.js';
import { showPathsInError, showFileInError } from './show-paths.js';
import { codeOf } from './rules.js';
import { randomName } from './temporary-name.js';
import { isTrustedUser } from './trust.js';
import { locateFile, type Directory, type LocatedFile } from './walk.js';

export interface PutOptions {
  /** How to treat an existing file. `refuse` leaves it and rejects with the cause EEXIST. */
  readonly existing: 'replace' | 'refuse';
  /** Create missing directories. Default false: a missing directory is an error. */
  readonly makeDirectories?: boolean;
}

/**
 * Writes a text file for the user, at a path that follows the rules of `locateFile`. It replaces an existing file as a whole, so a
 * reader sees the old text or the new. The new file keeps the permissions of a file of root or our user. It does not touch
 * anything but regular files, except through a link of the kernel (/dev/stdout).
 *
 * @param path absolute, or relative to the working directory
 * @throws RollcallError `PATH_UNTRUSTED`; `OUTPUT_UNWRITABLE`, whose cause is the error of the file system
 */
export async function putFile(
  path: string,
  text: string,
  { existing, makeDirectories = false }: PutOptions,
): Promise<void> {
  try {
    const located = await locateFile(path, makeDirectories ? { makeMode: 0o777 } : {});
    try {
      await putInDirectory(located, text, existing);
    } catch (error) {
      const { descriptor } = located.directory;
      throw showPathsInError(error, (one) => (one === descriptor ? located.directory.path : undefined));
    } finally {
      await located.directory.close();
    }
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    const cause = showFileInError(error, path);
    throw new RollcallError('OUTPUT_UNWRITABLE', `${path}: ${explainUnwritten(cause)}`, {
      cause,
      hint: 'Name a file in a directory that exists and is writable.',
    });
  }
}

async function putInDirectory(
  { directory, name, kernelLink }: LocatedFile,
  text: string,
  existing: 'replace' | 'refuse',
): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  if (existing === 'refuse')
    return writeNew(directory, name, text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, undefined);
  if (kernelLink) return writeThrough(directory.at(name), text);
  const there = await lstatIfPresent(directory.at(name));
  if (there?.isDirectory() === true) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', path: name });
  if (there?.isFile() === false) throw new Error('it is no regular file, but a link, a pipe, a socket or a device');
  const temporary = `.rollcall-${randomName()}.new`;
  await writeNew(directory, temporary, text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, there);
  try {
    await rename(directory.at(temporary), directory.at(name));
  } catch (error) {
    await rm(directory.at(temporary), { force: true });
    throw error;
  }
}

/** @param model the file whose permissions the new file gets, if root or our user owns it */
async function writeNew(
  directory: Directory,
  name: string,
  text: string,
  flags: number,
  model: Stats | undefined,
): Promise<void> {
  const path = directory.at(name);
  const isModel = model !== undefined && isTrustedUser(model.uid);
  const file = await open(path, flags, isModel ? 0o600 : 0o666);
  try {
    await file.writeFile(text);
    if (isModel) {
      await file.chown(model.uid, model.gid).catch((error: unknown) => {
        if (codeOf(error) !== 'EPERM') throw error;
      });
      await file.chmod(model.mode & 0o777);
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function lstatIfPresent(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

import { constants } from 'node:fs';
import { join } from 'node:path';
import { isTrustedUser } from '../../filesystem/trust.js';
import { RollcallError } from '../../model/errors.js';
import type { Keeping } from './attributes.js';
import type { DesiredFile } from './desired.js';
import type { FoundFile } from './diff.js';
import type { DirectoryHandle, FileLocation } from './directories.js';
import { codeOf, ifThere } from './failure.js';

/** Stands for an entry that cannot be the desired file. */
export const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1, keeping: 'none' };

/** Bytes of a found zone that are searched for its serial. */
const zoneHead = 4 << 20;
/** Digits of 32 bits. */
const longestSerial = 10;

/**
 * Reads the file that may be the desired one. It follows no link, and never waits for a FIFO.
 *
 * @param mayBeAnything an entry that is no regular file is an `obstacle`, not an error
 * @returns undefined when nothing is there; `link` for a link
 * @throws RollcallError `OUTPUT_UNWRITABLE` for an entry that is no regular file; the error of the file system
 */
export async function readFound(
  location: FileLocation,
  desired: DesiredFile,
  mayBeAnything: boolean,
): Promise<FoundFile | 'link' | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const { calls, at } = location.directory;
  let file: number;
  try {
    // O_NONBLOCK: the call must not wait for a writer of a FIFO at this path.
    file = await calls.open(at(location.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return 'link';
    const unreadable = codeOf(error) === 'EACCES' ? await statFile(location) : undefined;
    if (unreadable) return { content: undefined, ...(await attributesOf(unreadable, location.directory)) };
    // ENXIO: a socket cannot be opened.
    if (codeOf(error) === 'ENXIO' && mayBeAnything) return obstacle;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile() && mayBeAnything) return obstacle;
    if (!stats.isFile()) throw inTheWay(join(location.directory.real, location.name), stats.isDirectory());
    const size = sizeToRead(stats.size, desired);
    const content = size === undefined ? undefined : await calls.read(file, size);
    return { content, ...(await attributesOf(stats, location.directory)) };
  } finally {
    await calls.close(file);
  }
}

/**
 * Number of bytes to read. Undefined: the size alone shows that the file differs. With a serial, the start of the zone is read
 * for the last serial. A file that is cut there is longer than the desired content, so it never counts as equal.
 */
function sizeToRead(size: number, { serial, content }: DesiredFile): number | undefined {
  if (serial) return Math.min(size, Math.max(zoneHead, content.length + longestSerial));
  return size === content.length ? size : undefined;
}

function inTheWay(real: string, isDirectory: boolean): RollcallError {
  const what = isDirectory ? 'a directory' : 'no regular file';
  return new RollcallError('OUTPUT_UNWRITABLE', `${real} is ${what}`, {
    hint: 'Nothing was changed. Move it out of the way, or correct `path`.',
  });
}

/** The attributes of the entry itself, if it is a regular file. */
export async function statFile({ directory, name }: FileLocation): Promise<FileStats | undefined> {
  const stats = await ifThere(directory.calls.lstat(directory.at(name)));
  if (stats?.isFile() !== true) return undefined;
  const { mode, uid, gid, nlink } = stats;
  return { mode: Number(mode), uid: Number(uid), gid: Number(gid), nlink: Number(nlink) };
}

type FileStats = Readonly<Record<'mode' | 'uid' | 'gid' | 'nlink', number>>;

async function attributesOf(
  { mode, uid, gid, nlink }: FileStats,
  directory: DirectoryHandle,
): Promise<Omit<FoundFile, 'content'>> {
  return { mode: mode & 0o7777, uid, gid, keeping: await keepingOf({ uid, nlink }, directory) };
}

/**
 * A user who may create entries in the directory can place a file there whose owner, group and mode open the contents to that user. No
 * other user can create a file of root. But a second name of one, in another directory, is possible.
 */
async function keepingOf(
  { uid, nlink }: Pick<FileStats, 'uid' | 'nlink'>,
  directory: DirectoryHandle,
): Promise<Keeping> {
  if (!(await directory.mayOthersWrite())) return 'all';
  return isTrustedUser(uid) && nlink === 1 ? 'restricted' : 'none';
}

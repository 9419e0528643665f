import { constants } from 'node:fs';
import { join } from 'node:path';
import { isTrustedUser } from '../../filesystem/trust.js';
import { RollcallError } from '../../model/errors.js';
import type { Keeping } from './attributes.js';
import { Content } from './content.js';
import type { DesiredFile } from './desired-file.js';
import type { FoundFile } from './diff.js';
import type { DirectoryHandle, FileLocation } from './directories.js';
import { codeOf, ifThere } from './failure.js';
import { sameStamp, stampOf, type FileStamp, type Sighting } from './sightings.js';

/** Stands for an entry that cannot be the desired file. */
export const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1, keeping: 'none' };

/** Bytes of a found zone that are searched for its serial. */
const zoneHead = 4 << 20;
/** Digits of 32 bits. */
const longestSerial = 10;

/** A found file, with the stamp that it had before it was read. */
export interface StampedFile {
  readonly found: FoundFile;
  readonly stamp?: FileStamp;
}

/** The file as it was seen before, when its stamp is still the same. It is not read. Undefined: it must be read. */
export async function findUnchanged(
  { directory, name }: FileLocation,
  { content, stamp }: NonNullable<Sighting['seen']>,
): Promise<StampedFile | undefined> {
  if (!directory.calls.hasExactStats) return undefined;
  const stats = await ifThere(directory.calls.lstat(directory.at(name)));
  if (stats?.isFile() !== true || !sameStamp(stampOf(stats), stamp)) return undefined;
  return { found: { content, ...(await attributesOf(stats, directory)) }, stamp };
}

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
): Promise<StampedFile | 'link' | undefined> {
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
    if (unreadable) return { found: { content: undefined, ...(await attributesOf(unreadable, location.directory)) } };
    // ENXIO: a socket cannot be opened.
    if (codeOf(error) === 'ENXIO' && mayBeAnything) return { found: obstacle };
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile() && mayBeAnything) return { found: obstacle };
    if (!stats.isFile()) throw inTheWay(join(location.directory.real, location.name), stats.isDirectory());
    const size = sizeToRead(Number(stats.size), desired);
    const content = size === undefined ? undefined : Content.ofBytes(await calls.read(file, size));
    const found = { content, ...(await attributesOf(stats, location.directory)) };
    return { found, stamp: stampOf(stats) };
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
  return stats?.isFile() === true ? stats : undefined;
}

type FileStats = Readonly<Record<'mode' | 'uid' | 'gid' | 'nlink', bigint>>;

async function attributesOf(
  { mode, uid, gid, nlink }: FileStats,
  directory: DirectoryHandle,
): Promise<Omit<FoundFile, 'content'>> {
  const keeping = await keepingOf({ uid: Number(uid), nlink: Number(nlink) }, directory);
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), keeping };
}

/**
 * A user who may create entries in the directory can place a file there whose owner, group and mode open the contents to that user. No
 * other user can create a file of root. But a second name of one, in another directory, is possible.
 */
async function keepingOf(
  { uid, nlink }: { readonly uid: number; readonly nlink: number },
  directory: DirectoryHandle,
): Promise<Keeping> {
  if (!(await directory.mayOthersWrite())) return 'all';
  return isTrustedUser(uid) && nlink === 1 ? 'restricted' : 'none';
}

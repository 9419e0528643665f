import { constants } from 'node:fs';
import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports.js';
import { sideBySide } from './batch.js';
import type { ObservedFiles, FoundFile, ObservedFile } from './diff.js';
import { codeOf, ifThere, outputError } from './failure.js';
import type { Identities } from './identity.js';
import { locationOf, type Directories, type FileLocation } from './directories.js';
import type { DesiredFiles, DesiredFile } from './desired.js';
import { ownedPaths } from './owned.js';

/** Something that cannot be the desired file. */
const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1 };

/** Bytes of a found zone that are looked at for its serial. */
const zoneHead = 4 << 20;
/** Digits of 32 bits. */
const longestSerial = 10;

export interface Observed extends ObservedFiles {
  /** Owned, no longer desired, and no longer there as a file of ours: not to be called ours any more. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * What is there at the desired paths, and which of the owned files are no longer desired. A symlink at a plain path is followed to
 * the file that it means, if it is to be trusted; in a fan-out it is never followed, and what is not ours there may be anything.
 *
 * @throws RollcallError `PATH_UNTRUSTED` for a link or a directory that another user could have put on the way; RollcallError `OUTPUT_UNWRITABLE` when a directory of a plain path is missing, or something that is no file is
 * in the way; `OUTPUT_CONFLICT` when symlinks lead two paths to one file.
 */
export async function observeFiles(
  { files }: DesiredFiles,
  owned: readonly string[],
  directories: Directories,
  { identities, clock }: ObserveDeps,
  signal: AbortSignal,
): Promise<Observed> {
  const observed = new Map<string, ObservedFile>();
  const byReal = new Map<string, string>();
  const known = new Set(owned);
  await sideBySide(files, async (file) => {
    signal.throwIfAborted();
    const { real, found } = await look(file, known, directories);
    const [uid, gid] = [await identities.user(file.owner), await identities.group(file.group)];
    const other = byReal.get(real);
    if (other !== undefined)
      throw new RollcallError('OUTPUT_CONFLICT', `${other} and ${file.path} are one file: ${real}`);
    byReal.set(real, file.path);
    observed.set(file.path, { real, uid, gid, found, ours: known.has(real) });
  });
  const orphans: string[] = [];
  const gone: string[] = [];
  const unwanted = ownedPaths(owned).filter((path) => !byReal.has(path));
  await sideBySide(unwanted, async (path) => {
    signal.throwIfAborted();
    ((await isFile(path, directories)) ? orphans : gone).push(path);
  });
  return { files: observed, orphans, gone, at: Math.floor(clock.wall() / 1000) };
}

async function look(
  file: DesiredFile,
  known: ReadonlySet<string>,
  directories: Directories,
): Promise<{ real: string; found: FoundFile | undefined }> {
  let real = file.path;
  try {
    let location = file.fanOut
      ? await ifThere(locationOf(file.path, directories))
      : await locationOf(file.path, directories);
    // The directory of a fan-out is yet to be made.
    if (!location) return { real, found: undefined };
    real = join(location.directory.real, location.name);
    let found = await readFound(location, file, file.fanOut && !known.has(real));
    if (found === 'link' && file.fanOut) return { real, found: obstacle };
    if (found === 'link') {
      location = await directories.follow(file.path);
      real = join(location.directory.real, location.name);
      found = await readFound(location, file, false);
    }
    if (found === 'link') throw new Error('a link came to be there just now');
    return { real, found };
  } catch (error) {
    throw outputError(error, `cannot look at ${file.path}${real === file.path ? '' : ` (which leads to ${real})`}`);
  }
}

async function readFound(
  location: FileLocation,
  desired: DesiredFile,
  mayBeAnything: boolean,
): Promise<FoundFile | 'link' | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const { calls, at } = location.directory;
  let file: number;
  try {
    // Not blocking, so that a fifo in this place cannot hold us up.
    file = await calls.open(at(location.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return 'link';
    if (codeOf(error) === 'EACCES' && (await isFileAt(location))) return obstacle;
    // A socket cannot be opened.
    if (codeOf(error) === 'ENXIO' && mayBeAnything) return obstacle;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile() && mayBeAnything) return obstacle;
    if (!stats.isFile()) throw inTheWay(join(location.directory.real, location.name), stats.isDirectory());
    const size = sizeToRead(stats.size, desired);
    const content = size === undefined ? undefined : await calls.read(file, size);
    return { content, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  } finally {
    await calls.close(file);
  }
}

/**
 * How much of a file can matter: of another size, it differs. With a serial, the last one does, which stands at the start of
 * a zone. What is cut off is longer than the desired content with any serial, so that the rest never passes for it.
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

async function isFile(path: string, directories: Directories): Promise<boolean> {
  try {
    const location = await directories.find(path);
    return location !== undefined && (await isFileAt(location));
  } catch (error) {
    throw outputError(error, `cannot look at ${path}`);
  }
}

async function isFileAt({ directory, name }: FileLocation): Promise<boolean> {
  const stats = await ifThere(directory.calls.lstat(directory.at(name)));
  return stats?.isFile() ?? false;
}

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

/** Stands for an entry that cannot be the desired file. */
const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1 };

/** Bytes of a found zone that are searched for its serial. */
const zoneHead = 4 << 20;
/** Digits of 32 bits. */
const longestSerial = 10;

export interface FilesObservation extends ObservedFiles {
  /** Owned paths that are no longer desired and no longer files: to be removed from the owned outputs. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * Reads the files at the desired paths, and finds the owned files that are no longer desired. It follows a trusted symlink at a
 * plain path. In a fan-out it follows no symlink, and accepts entries of any type that this target did not make.
 *
 * @throws RollcallError `PATH_UNTRUSTED` for a link or a directory that another user could have created; `OUTPUT_UNWRITABLE`
 * when the directory of a plain path is missing, or an entry at a plain path is no file; `OUTPUT_CONFLICT` when symlinks lead
 * two paths to the same file
 */
export async function observeFiles(
  { files }: DesiredFiles,
  owned: readonly string[],
  directories: Directories,
  { identities, clock }: ObserveDeps,
  signal: AbortSignal,
): Promise<FilesObservation> {
  const observed = new Map<string, ObservedFile>();
  const byReal = new Map<string, string>();
  const known = new Set(owned);
  await sideBySide(files, async (file) => {
    signal.throwIfAborted();
    const { real, found } = await look(file, known, directories);
    const [uid, gid] = [await identities.user(file.owner), await identities.group(file.group)];
    const other = byReal.get(real);
    if (other !== undefined)
      throw new RollcallError('OUTPUT_CONFLICT', `${other} and ${file.path} are the same file: ${real}`);
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
    // The directory of a fan-out does not exist yet.
    if (!location) return { real, found: undefined };
    real = join(location.directory.real, location.name);
    let found = await readFound(location, file, file.fanOut && !known.has(real));
    if (found === 'link' && file.fanOut) return { real, found: obstacle };
    if (found === 'link') {
      location = await directories.follow(file.path);
      real = join(location.directory.real, location.name);
      found = await readFound(location, file, false);
    }
    if (found === 'link') throw new Error('another program has just replaced it by a link');
    return { real, found };
  } catch (error) {
    throw outputError(error, `cannot read ${file.path}${real === file.path ? '' : ` (which leads to ${real})`}`);
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
    // O_NONBLOCK: the call must not wait for a writer of a FIFO at this path.
    file = await calls.open(at(location.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return 'link';
    if (codeOf(error) === 'EACCES' && (await isFileAt(location))) return obstacle;
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
    return { content, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
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

async function isFile(path: string, directories: Directories): Promise<boolean> {
  try {
    const location = await directories.find(path);
    return location !== undefined && (await isFileAt(location));
  } catch (error) {
    throw outputError(error, `cannot read ${path}`);
  }
}

async function isFileAt({ directory, name }: FileLocation): Promise<boolean> {
  const stats = await ifThere(directory.calls.lstat(directory.at(name)));
  return stats?.isFile() ?? false;
}

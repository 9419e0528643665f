import { constants } from 'node:fs';
import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports.js';
import { sideBySide } from './batch.js';
import type { ObservedFiles, FoundFile, ObservedFile } from './diff.js';
import { codeOf, ifThere, outputError } from './failure.js';
import type { Identities } from './identity.js';
import { spotOf, type Places, type Spot } from './places.js';
import type { DesiredFiles, WantedFile } from './desired.js';

/** Something that cannot be the wanted file. */
const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1 };

/** Bytes of a found zone that are looked at for its serial. */
const zoneHead = 4 << 20;
/** Digits of 32 bits. */
const longestSerial = 10;

export interface Observed extends ObservedFiles {
  /** Owned, no longer wanted, and no longer there as a file of ours: not to be called ours any more. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * What is there at the wanted paths, and which of the owned files nobody wants. A symlink at a plain path is followed to
 * the file that it means, if it is to be trusted; in a fan-out it is never followed, and what is not ours there may be anything.
 *
 * @throws RollcallError `PATH_UNTRUSTED` for a link or a folder that another user could have put on the way; RollcallError `OUTPUT_UNWRITABLE` when a directory of a plain path is missing, or something that is no file is
 * in the way; `OUTPUT_CONFLICT` when symlinks lead two paths to one file.
 */
export async function observeFiles(
  { files }: DesiredFiles,
  owned: readonly string[],
  places: Places,
  { identities, clock }: ObserveDeps,
  signal: AbortSignal,
): Promise<Observed> {
  const seen = new Map<string, ObservedFile>();
  const byReal = new Map<string, string>();
  const known = new Set(owned);
  await sideBySide(files, async (file) => {
    signal.throwIfAborted();
    const { real, found } = await look(file, known, places);
    const [uid, gid] = [await identities.user(file.owner), await identities.group(file.group)];
    const other = byReal.get(real);
    if (other !== undefined)
      throw new RollcallError('OUTPUT_CONFLICT', `${other} and ${file.path} are one file: ${real}`);
    byReal.set(real, file.path);
    seen.set(file.path, { real, uid, gid, found, ours: known.has(real) });
  });
  const orphans: string[] = [];
  const gone: string[] = [];
  const unwanted = owned.filter((path) => path.startsWith('/') && !byReal.has(path));
  await sideBySide(unwanted, async (path) => {
    signal.throwIfAborted();
    ((await isFile(path, places)) ? orphans : gone).push(path);
  });
  return { files: seen, orphans, gone, at: Math.floor(clock.wall() / 1000) };
}

async function look(
  file: WantedFile,
  known: ReadonlySet<string>,
  places: Places,
): Promise<{ real: string; found: FoundFile | undefined }> {
  let real = file.path;
  try {
    let spot = file.fanOut ? await ifThere(spotOf(file.path, places)) : await spotOf(file.path, places);
    // The directory of a fan-out is yet to be made.
    if (!spot) return { real, found: undefined };
    real = join(spot.folder.real, spot.name);
    let found = await readFound(spot, file, file.fanOut && !known.has(real));
    if (found === 'link' && file.fanOut) return { real, found: obstacle };
    if (found === 'link') {
      spot = await places.follow(file.path);
      real = join(spot.folder.real, spot.name);
      found = await readFound(spot, file, false);
    }
    if (found === 'link') throw new Error('a link came to be there just now');
    return { real, found };
  } catch (error) {
    throw outputError(error, `cannot look at ${file.path}${real === file.path ? '' : ` (which leads to ${real})`}`);
  }
}

async function readFound(
  spot: Spot,
  wanted: WantedFile,
  mayBeAnything: boolean,
): Promise<FoundFile | 'link' | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const { calls, at } = spot.folder;
  let file: number;
  try {
    // Not blocking, so that a fifo in this place cannot hold us up.
    file = await calls.open(at(spot.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return 'link';
    if (codeOf(error) === 'EACCES' && (await isFileAt(spot))) return obstacle;
    // A socket cannot be opened.
    if (codeOf(error) === 'ENXIO' && mayBeAnything) return obstacle;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile() && mayBeAnything) return obstacle;
    if (!stats.isFile()) throw inTheWay(join(spot.folder.real, spot.name), stats.isDirectory());
    const size = sizeToRead(stats.size, wanted);
    const content = size === undefined ? undefined : await calls.read(file, size);
    return { content, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  } finally {
    await calls.close(file);
  }
}

/**
 * How much of a file can matter: of another size, it differs. With a serial, the last one does, which stands at the start of
 * a zone. What is cut off is longer than the wanted content with any serial, so that the rest never passes for it.
 */
function sizeToRead(size: number, { serial, content }: WantedFile): number | undefined {
  if (serial) return Math.min(size, Math.max(zoneHead, content.length + longestSerial));
  return size === content.length ? size : undefined;
}

function inTheWay(real: string, isDirectory: boolean): RollcallError {
  const what = isDirectory ? 'a directory' : 'no regular file';
  return new RollcallError('OUTPUT_UNWRITABLE', `${real} is ${what}`, {
    hint: 'Nothing was changed. Move it out of the way, or correct `path`.',
  });
}

async function isFile(path: string, places: Places): Promise<boolean> {
  try {
    const spot = await places.spot(path);
    return spot !== undefined && (await isFileAt(spot));
  } catch (error) {
    throw outputError(error, `cannot look at ${path}`);
  }
}

async function isFileAt({ folder, name }: Spot): Promise<boolean> {
  const stats = await ifThere(folder.calls.lstat(folder.at(name)));
  return stats?.isFile() ?? false;
}

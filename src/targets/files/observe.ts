import { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports.js';
import { sideBySide } from './batch.js';
import type { Calls, Disks } from './calls.js';
import type { FilesSeen, FoundFile, SeenFile } from './diff.js';
import { codeOf, ifThere, outputError } from './failure.js';
import type { Identities } from './identity.js';
import type { FilesWant, WantedFile } from './want.js';

const linksAtMost = 40;

/** Something that cannot be the wanted file. */
const obstacle: FoundFile = { content: undefined, mode: 0, uid: -1, gid: -1 };

export interface Observed extends FilesSeen {
  /** Owned, no longer wanted, and no longer there as a file of ours: not to be called ours any more. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly disks: Disks;
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * What is there at the wanted paths, and which of the owned files nobody wants. A symlink at a plain path is followed to
 * the file that it means; in a fan-out it is never followed, and what is not ours there may be anything.
 *
 * @throws RollcallError `OUTPUT_UNWRITABLE` when a directory of a plain path is missing, or something that is no file is
 * in the way; `OUTPUT_CONFLICT` when symlinks lead two paths to one file.
 */
export async function observeFiles(
  { files }: FilesWant,
  owned: readonly string[],
  { disks, identities, clock }: ObserveDeps,
  signal: AbortSignal,
): Promise<Observed> {
  const directories = new Map<string, Promise<string>>();
  const seen = new Map<string, SeenFile>();
  const byReal = new Map<string, string>();
  const known = new Set(owned);
  await sideBySide(files, async (file) => {
    signal.throwIfAborted();
    const { real, found } = await look(file, known, disks, directories);
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
    ((await isFile(path)) ? orphans : gone).push(path);
  });
  return { files: seen, orphans, gone, at: Math.floor(clock.wall() / 1000) };
}

async function look(
  file: WantedFile,
  known: ReadonlySet<string>,
  disks: Disks,
  directories: Map<string, Promise<string>>,
): Promise<{ real: string; found: FoundFile | undefined }> {
  let path = file.path;
  try {
    for (let links = 0; links < linksAtMost; links++) {
      const calls = await disks.callsIn(dirname(path));
      const directory = await realDirectory(calls, dirname(path), file.fanOut, directories);
      if (directory === undefined) return { real: path, found: undefined };
      const real = join(directory, basename(path));
      const found = await readFound(
        calls,
        real,
        file.serial ? undefined : file.content.length,
        file.fanOut && !known.has(real),
      );
      if (found !== 'link') return { real, found };
      if (file.fanOut) return { real, found: obstacle };
      path = resolve(directory, await calls.readlink(real));
    }
    throw new Error('too many symlinks');
  } catch (error) {
    throw outputError(error, `cannot look at ${file.path}${path === file.path ? '' : ` (a symlink to ${path})`}`);
  }
}

/** Undefined when a fan-out's directory is yet to be made. */
async function realDirectory(
  calls: Calls,
  directory: string,
  mayBeMissing: boolean,
  known: Map<string, Promise<string>>,
): Promise<string | undefined> {
  const asked = known.get(directory) ?? calls.realpath(directory);
  known.set(directory, asked);
  return mayBeMissing ? ifThere(asked) : asked;
}

async function readFound(
  calls: Calls,
  real: string,
  wantedSize: number | undefined,
  mayBeAnything: boolean,
): Promise<FoundFile | 'link' | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    // Not blocking, so that a fifo in this place cannot hold us up.
    file = await calls.open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return 'link';
    if (codeOf(error) === 'EACCES' && (await isFile(real))) return obstacle;
    // A socket cannot be opened.
    if (codeOf(error) === 'ENXIO' && mayBeAnything) return obstacle;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile() && mayBeAnything) return obstacle;
    if (!stats.isFile()) throw inTheWay(real, stats.isDirectory());
    const isAsked = wantedSize === undefined || stats.size === wantedSize;
    const content = isAsked ? await calls.read(file, stats.size) : undefined;
    return { content, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  } finally {
    await calls.close(file);
  }
}

function inTheWay(real: string, isDirectory: boolean): RollcallError {
  const what = isDirectory ? 'a directory' : 'no regular file';
  return new RollcallError('OUTPUT_UNWRITABLE', `${real} is ${what}`, {
    hint: 'Nothing was changed. Move it out of the way, or correct `path`.',
  });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw outputError(error, `cannot look at ${path}`);
  }
}

import type { Stats } from 'node:fs';
import { syncDirectoryCalls, type DirectoryCalls } from './directory-calls.js';
import { showPathsInError } from './show-paths.js';
import {
  pathOf,
  codeOf,
  expectNotWritableByOthers,
  expectTrustedLink,
  expectTrustedDirectory,
  mayOthersWriteIn,
  callPath,
  type WalkedDirectory,
} from './rules.js';

export interface WalkOptions {
  /** Default: at once. */
  readonly calls?: DirectoryCalls;
  /** The mode with which missing folders are made, before the umask. Default: they are not. */
  readonly makeMode?: number;
  /** Nobody but root and us may write in any folder on the way; `whole`: nor in the last one. */
  readonly notWritableByOthers?: 'way' | 'whole';
}

/**
 * A folder that was reached by the rules. Calls on `at(…)` mean what lies in this very folder, whatever becomes of the way to it.
 * Where the system has no such paths (other than Linux, or without /proc), `at` is the plain path, and the rules held only
 * when they were looked at.
 */
export interface Directory {
  /** Absolute, without links. */
  readonly path: string;
  /** Undefined where the system has none of this kind. It only names the folder: it cannot be read or flushed. */
  readonly descriptor: number | undefined;
  /** By which path a system call reaches an entry; `.` is the folder itself. */
  readonly at: (name: string) => string;
  /** May another than root and us make names here? Not where the file system is mounted read-only. */
  mayOthersWrite(): Promise<boolean>;
  /** Lets the descriptor go. To be called once. */
  close(): Promise<void>;
}

/** Where a file lies or would lie: `name` in the folder is no link that is to be followed. */
export interface LocatedFile {
  readonly directory: Directory;
  readonly name: string;
  /** A link that the kernel itself keeps below /proc/PID/fd: it has to follow it, because its text is no path. */
  readonly kernelLink: boolean;
}

/** As many as Linux follows on one way (path_resolution(7)). */
const maxLinks = 40;

/**
 * Walks to a folder by descriptors, one component after the other, so that nothing can be swapped between a look and a step.
 *
 * A folder is entered if root or our user owns it, or if only they may write where it lies. A link is followed if root or our
 * user owns it and only they may write where it lies. The sticky bit does not help; a folder on a file system that is mounted
 * read-only is written by nobody.
 *
 * @param path counts from the working directory when it is not absolute
 * @throws RollcallError `PATH_UNTRUSTED`; what the file system says, with the path that people know
 */
export async function openDirectory(path: string, options: WalkOptions = {}): Promise<Directory> {
  const { way } = await walk(path, options, false);
  return keepLast(way, options.calls ?? syncDirectoryCalls);
}

/**
 * Walks to the folder of a file by the same rules, which hold for a link in the place of the file as well.
 *
 * @throws as `openDirectory`. The file itself may be missing.
 */
export async function locateFile(path: string, options: WalkOptions = {}): Promise<LocatedFile> {
  const { way, name, kernelLink } = await walk(path, options, true);
  return { directory: await keepLast(way, options.calls ?? syncDirectoryCalls), name, kernelLink };
}

interface WalkResult {
  readonly way: WalkedDirectory[];
  /** `.`: the path means a folder. */
  readonly name: string;
  readonly kernelLink: boolean;
}

async function walk(path: string, options: WalkOptions, stopBeforeLast: boolean): Promise<WalkResult> {
  const calls = options.calls ?? syncDirectoryCalls;
  const way: WalkedDirectory[] = [];
  try {
    way.push({ path: '/', ...(await calls.open('/')) });
    const ahead = namesOf(path.startsWith('/') ? path : `${process.cwd()}/${path}`);
    let links = 0;
    for (;;) {
      const here = last(way);
      const name = ahead.pop();
      if (options.notWritableByOthers === 'whole' || (options.notWritableByOthers === 'way' && name !== undefined))
        await expectNotWritableByOthers(here, calls);
      if (name === undefined) return { way, name: '.', kernelLink: false };
      if (name === '..') {
        if (way.length > 1) await closeAll(way.splice(-1), calls);
        continue;
      }
      const isLast = stopBeforeLast && ahead.length === 0;
      const entered = isLast ? undefined : await openOrMake(here, name, calls, options.makeMode);
      if (entered) {
        await expectTrustedDirectory(entered, here, calls);
        way.push(entered);
        continue;
      }
      const link = await lookForLink(here, name, calls, isLast);
      if (!link) return { way, name, kernelLink: false };
      await expectTrustedLink(link, name, here, calls);
      if (isLast && /^\/proc\/\d+\/(task\/\d+\/)?fd$/.test(here.path)) return { way, name, kernelLink: true };
      if ((links += 1) > maxLinks) throw systemError('ELOOP', 'too many symbolic links encountered', path);
      const text = await calls.readlink(callPath(here, name));
      if (text.startsWith('/')) await closeAll(way.splice(1), calls);
      ahead.push(...namesOf(text));
    }
  } catch (error) {
    const named = showPathsInError(error, (descriptor) => way.find((each) => each.descriptor === descriptor)?.path);
    await closeAll(way, calls);
    throw named;
  }
}

/** Undefined when something else is there, perhaps a link. */
async function openOrMake(
  here: WalkedDirectory,
  name: string,
  calls: DirectoryCalls,
  make: number | undefined,
): Promise<WalkedDirectory | undefined> {
  const way = callPath(here, name);
  const path = pathOf(here, name);
  try {
    return { path, ...(await calls.open(way)) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (code !== 'ENOENT' || make === undefined) throw error;
  }
  try {
    await calls.mkdir(way, make);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return { path, ...(await calls.open(way)) };
}

/** @param mayBeMissing also true for what is no link; otherwise that is an error, because a folder is asked for */
async function lookForLink(
  here: WalkedDirectory,
  name: string,
  calls: DirectoryCalls,
  mayBeFile: boolean,
): Promise<Stats | undefined> {
  try {
    const stats = await calls.lstat(callPath(here, name));
    if (stats.isSymbolicLink()) return stats;
  } catch (error) {
    if (mayBeFile && codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (mayBeFile) return undefined;
  throw systemError('ENOTDIR', 'not a directory', pathOf(here, name));
}

/** Keeps the last folder of the way. */
async function keepLast(way: WalkedDirectory[], calls: DirectoryCalls): Promise<Directory> {
  const here = last(way);
  await closeAll(way.slice(0, -1), calls);
  const { path, descriptor } = here;
  return {
    path,
    descriptor,
    at: (name) => callPath(here, name),
    mayOthersWrite: () => mayOthersWriteIn(here, calls),
    close: () => closeAll([here], calls),
  };
}

async function closeAll(way: readonly WalkedDirectory[], calls: DirectoryCalls): Promise<void> {
  for (const { descriptor } of way) if (descriptor !== undefined) await calls.close(descriptor);
}

function last(way: readonly WalkedDirectory[]): WalkedDirectory {
  const here = way.at(-1);
  if (!here) throw new TypeError('a walk has no beginning');
  return here;
}

/** The components of a path in reverse order, so that `pop` takes the next one. */
function namesOf(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

function systemError(code: string, words: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${words}, open '${path}'`), { code, syscall: 'open', path });
}

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
  /** Default: `syncDirectoryCalls`. */
  readonly calls?: DirectoryCalls;
  /** Create missing directories with this mode, before the umask. Default: a missing directory is an error. */
  readonly makeMode?: number;
  /** Require that only root and our user may write in the parent directories; with `all`, also in the last directory. */
  readonly notWritableByOthers?: 'parents' | 'all';
}

/**
 * A directory that a walk reached by the rules. System calls on `at(…)` always mean an entry of this directory, even if a directory
 * above it is renamed or replaced. On systems without such paths (not Linux, or no /proc), `at` is the plain path, and the rules
 * held only at the time of the walk.
 */
export interface Directory {
  /** Absolute, without links. */
  readonly path: string;
  /** Undefined on systems without `hasDescriptorPaths`. It only names the directory: it cannot be read or flushed. */
  readonly descriptor: number | undefined;
  /** The path of an entry for system calls. `.` is the directory itself. */
  readonly at: (name: string) => string;
  /** Whether others than root and our user may create entries here. False on a read-only mount. */
  mayOthersWrite(): Promise<boolean>;
  /** Closes the descriptor. Call it once. */
  close(): Promise<void>;
}

/** The location of an existing or new file: its directory and its name there. All links are already followed. */
export interface LocatedFile {
  readonly directory: Directory;
  readonly name: string;
  /** The file is a link of the kernel below /proc/PID/fd. Only the kernel can follow it, because its text is no path. */
  readonly kernelLink: boolean;
}

/** The most links on one path, as in Linux (path_resolution(7)). */
const maxLinks = 40;

/**
 * Opens a directory component by component through descriptors, so that no component can be replaced between its check and its
 * use.
 *
 * It enters a directory if root or our user owns it, or if only they may write in its parent. It follows a link if root or our
 * user owns it, and only they may write in its parent. The sticky bit does not count as protection; a read-only mount does.
 *
 * @param path absolute, or relative to the working directory
 * @throws RollcallError `PATH_UNTRUSTED`; the error of the file system, with the real path
 */
export async function openDirectory(path: string, options: WalkOptions = {}): Promise<Directory> {
  const { walked } = await walk(path, options, false);
  return keepLast(walked, options.calls ?? syncDirectoryCalls);
}

/**
 * Opens the directory of a file by the same rules. They also apply to a link in the place of the file. The file itself may be
 * missing.
 *
 * @throws as `openDirectory`
 */
export async function locateFile(path: string, options: WalkOptions = {}): Promise<LocatedFile> {
  const { walked, name, kernelLink } = await walk(path, options, true);
  return { directory: await keepLast(walked, options.calls ?? syncDirectoryCalls), name, kernelLink };
}

interface WalkResult {
  readonly walked: WalkedDirectory[];
  /** `.` when the path means a directory. */
  readonly name: string;
  readonly kernelLink: boolean;
}

async function walk(path: string, options: WalkOptions, stopBeforeLast: boolean): Promise<WalkResult> {
  const calls = options.calls ?? syncDirectoryCalls;
  const walked: WalkedDirectory[] = [];
  try {
    walked.push({ path: '/', ...(await calls.open('/')) });
    const ahead = namesOf(path.startsWith('/') ? path : `${process.cwd()}/${path}`);
    let links = 0;
    for (;;) {
      const here = last(walked);
      const name = ahead.pop();
      if (options.notWritableByOthers === 'all' || (options.notWritableByOthers === 'parents' && name !== undefined))
        await expectNotWritableByOthers(here, calls);
      if (name === undefined) return { walked, name: '.', kernelLink: false };
      if (name === '..') {
        if (walked.length > 1) await closeAll(walked.splice(-1), calls);
        continue;
      }
      const isLast = stopBeforeLast && ahead.length === 0;
      const child = isLast ? undefined : await openOrMake(here, name, calls, options.makeMode);
      if (child) {
        await expectTrustedDirectory(child, here, calls);
        walked.push(child);
        continue;
      }
      const link = await lookForLink(here, name, calls, isLast);
      if (!link) return { walked, name, kernelLink: false };
      await expectTrustedLink(link, name, here, calls);
      if (isLast && /^\/proc\/\d+\/(task\/\d+\/)?fd$/.test(here.path)) return { walked, name, kernelLink: true };
      if ((links += 1) > maxLinks) throw systemError('ELOOP', 'too many symbolic links encountered', path);
      const text = await calls.readlink(callPath(here, name));
      if (text.startsWith('/')) await closeAll(walked.splice(1), calls);
      ahead.push(...namesOf(text));
    }
  } catch (error) {
    const named = showPathsInError(error, (descriptor) => walked.find((each) => each.descriptor === descriptor)?.path);
    await closeAll(walked, calls);
    throw named;
  }
}

/** Undefined when the entry is no directory; it may be a link. */
async function openOrMake(
  here: WalkedDirectory,
  name: string,
  calls: DirectoryCalls,
  make: number | undefined,
): Promise<WalkedDirectory | undefined> {
  const entry = callPath(here, name);
  const path = pathOf(here, name);
  try {
    return { path, ...(await calls.open(entry)) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (code !== 'ENOENT' || make === undefined) throw error;
  }
  try {
    await calls.mkdir(entry, make);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return { path, ...(await calls.open(entry)) };
}

/** @param mayBeFile whether the entry may be missing or a file; if not, it must be a directory or a link to one */
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

/** Closes all descriptors but that of the last directory. */
async function keepLast(walked: WalkedDirectory[], calls: DirectoryCalls): Promise<Directory> {
  const here = last(walked);
  await closeAll(walked.slice(0, -1), calls);
  const { path, descriptor } = here;
  return {
    path,
    descriptor,
    at: (name) => callPath(here, name),
    mayOthersWrite: () => mayOthersWriteIn(here, calls),
    close: () => closeAll([here], calls),
  };
}

async function closeAll(walked: readonly WalkedDirectory[], calls: DirectoryCalls): Promise<void> {
  for (const { descriptor } of walked) if (descriptor !== undefined) await calls.close(descriptor);
}

function last(walked: readonly WalkedDirectory[]): WalkedDirectory {
  const here = walked.at(-1);
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

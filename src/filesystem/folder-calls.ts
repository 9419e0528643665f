import * as fs from 'node:fs';
import { access, lstat, mkdir, readlink, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { distanceOf } from '../model/file-system.js';

/** A folder that was entered: what it is, and how it is held. */
export interface Entrance {
  /** Undefined where the system has no descriptors of this kind. */
  readonly descriptor: number | undefined;
  readonly stats: fs.Stats;
}

/** The calls that a walk is made of. All reject as node:fs does. */
export interface FolderCalls {
  /** Never follows a link: anything but a folder in this place is ENOTDIR. */
  enter(path: string): Promise<Entrance>;
  leave(descriptor: number): Promise<void>;
  /** Of the path itself, be it a link. */
  lstat(path: string): Promise<fs.Stats>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, mode: number): Promise<void>;
  /** Rejects with EROFS on a file system that is mounted read-only. */
  mayWrite(path: string): Promise<void>;
}

/** Linux (open(2)): a descriptor that only names the folder. It needs no permission on it. Node has no constant for it. */
const O_PATH = 0o10000000;

/** `/proc/self/fd/N/name` is `name` in the folder of descriptor N, wherever that folder is by now: what openat(2) does. */
export const hasDescriptorPaths = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

const flags = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;
const openLater = promisify(fs.open);
const statLater = promisify(fs.fstat);
const closeLater = promisify(fs.close);

function expectFolder(path: string, stats: fs.Stats): Entrance {
  if (stats.isDirectory()) return { descriptor: undefined, stats };
  throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), {
    code: 'ENOTDIR',
    syscall: 'open',
    path,
  });
}

/** By way of the thread pool: whatever a call waits for, others have their turn meanwhile. */
export const foldersLater: FolderCalls = {
  async enter(path) {
    if (!hasDescriptorPaths) return expectFolder(path, await lstat(path));
    const descriptor = await openLater(path, flags);
    try {
      return { descriptor, stats: await statLater(descriptor) };
    } catch (error) {
      await closeLater(descriptor);
      throw error;
    }
  },
  leave: closeLater,
  lstat,
  readlink,
  async mkdir(path, mode) {
    await mkdir(path, { mode });
  },
  mayWrite: (path) => access(path, fs.constants.W_OK),
};

/** Made before they return: the way through the thread pool takes many times as long as such a call. */
export const foldersAtOnce: FolderCalls = {
  enter: made((path) => {
    if (!hasDescriptorPaths) return expectFolder(path, fs.lstatSync(path));
    const descriptor = fs.openSync(path, flags);
    try {
      return { descriptor, stats: fs.fstatSync(descriptor) };
    } catch (error) {
      fs.closeSync(descriptor);
      throw error;
    }
  }),
  leave: made(fs.closeSync),
  lstat: made((path) => fs.lstatSync(path)),
  readlink: made((path) => fs.readlinkSync(path)),
  mkdir: made((path, mode) => {
    fs.mkdirSync(path, { mode });
  }),
  mayWrite: made((path) => {
    fs.accessSync(path, fs.constants.W_OK);
  }),
};

function made<A extends unknown[], T>(call: (...given: A) => T): (...given: A) => Promise<T> {
  return (...given) =>
    new Promise((resolve) => {
      resolve(call(...given));
    });
}

/** Calls for the way to a folder: at once on a disk of this machine, else, or when it is not there, later. Never rejects. */
export async function callsToward(directory: string): Promise<FolderCalls> {
  try {
    const { type } = await statfs(directory);
    return distanceOf(type) === 'far' ? foldersLater : foldersAtOnce;
  } catch {
    return foldersLater;
  }
}

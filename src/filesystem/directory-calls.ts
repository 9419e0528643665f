import * as fs from 'node:fs';
import { access, lstat, mkdir, readlink, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileSystemKind } from '../model/file-system.js';

/** A folder that was entered: what it is, and how it is held. */
export interface OpenedDirectory {
  /** Undefined where the system has no descriptors of this kind. */
  readonly descriptor: number | undefined;
  readonly stats: fs.Stats;
}

/** The calls that a walk is made of. All reject as node:fs does. */
export interface DirectoryCalls {
  /** Never follows a link: anything but a folder in this place is ENOTDIR. */
  open(path: string): Promise<OpenedDirectory>;
  close(descriptor: number): Promise<void>;
  /** Of the path itself, be it a link. */
  lstat(path: string): Promise<fs.Stats>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, mode: number): Promise<void>;
  /** Rejects with EROFS on a file system that is mounted read-only. */
  checkWritable(path: string): Promise<void>;
}

/** Linux (open(2)): a descriptor that only names the folder. It needs no permission on it. Node has no constant for it. */
const O_PATH = 0o10000000;

/** `/proc/self/fd/N/name` is `name` in the folder of descriptor N, wherever that folder is by now: what openat(2) does. */
export const hasDescriptorPaths = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

const flags = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;
const openAsync = promisify(fs.open);
const statAsync = promisify(fs.fstat);
const closeAsync = promisify(fs.close);

function expectDirectory(path: string, stats: fs.Stats): OpenedDirectory {
  if (stats.isDirectory()) return { descriptor: undefined, stats };
  throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), {
    code: 'ENOTDIR',
    syscall: 'open',
    path,
  });
}

/** By way of the thread pool: whatever a call waits for, others have their turn meanwhile. */
export const asyncDirectoryCalls: DirectoryCalls = {
  async open(path) {
    if (!hasDescriptorPaths) return expectDirectory(path, await lstat(path));
    const descriptor = await openAsync(path, flags);
    try {
      return { descriptor, stats: await statAsync(descriptor) };
    } catch (error) {
      await closeAsync(descriptor);
      throw error;
    }
  },
  close: closeAsync,
  lstat,
  readlink,
  async mkdir(path, mode) {
    await mkdir(path, { mode });
  },
  checkWritable: (path) => access(path, fs.constants.W_OK),
};

/** Made before they return: the way through the thread pool takes many times as long as such a call. */
export const syncDirectoryCalls: DirectoryCalls = {
  open: promisifySync((path) => {
    if (!hasDescriptorPaths) return expectDirectory(path, fs.lstatSync(path));
    const descriptor = fs.openSync(path, flags);
    try {
      return { descriptor, stats: fs.fstatSync(descriptor) };
    } catch (error) {
      fs.closeSync(descriptor);
      throw error;
    }
  }),
  close: promisifySync(fs.closeSync),
  lstat: promisifySync((path) => fs.lstatSync(path)),
  readlink: promisifySync((path) => fs.readlinkSync(path)),
  mkdir: promisifySync((path, mode) => {
    fs.mkdirSync(path, { mode });
  }),
  checkWritable: promisifySync((path) => {
    fs.accessSync(path, fs.constants.W_OK);
  }),
};

function promisifySync<A extends unknown[], T>(call: (...given: A) => T): (...given: A) => Promise<T> {
  return (...given) =>
    new Promise((resolve) => {
      resolve(call(...given));
    });
}

/** Calls for the way to a folder: at once on a disk of this machine, else, or when it is not there, later. Never rejects. */
export async function directoryCallsFor(directory: string): Promise<DirectoryCalls> {
  try {
    const { type } = await statfs(directory);
    return fileSystemKind(type) === 'remote' ? asyncDirectoryCalls : syncDirectoryCalls;
  } catch {
    return asyncDirectoryCalls;
  }
}
